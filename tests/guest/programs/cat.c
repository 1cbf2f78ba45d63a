// SPDX-License-Identifier: Apache-2.0
/* Standard input to standard output until its end, or until nobody reads any more. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static char buffer[1 << 16];

int main(void)
{
	ssize_t size;

	while ((size = read(0, buffer, sizeof buffer)) != 0) {
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0) {
			perror("read");
			return 1;
		}
		for (ssize_t done = 0, n; done < size; done += n) {
			n = write(1, buffer + done, size - done);
			if (n < 0) {
				perror("write");
				return 2;
			}
		}
	}
	return 0;
}
