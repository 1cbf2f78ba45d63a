// SPDX-License-Identifier: Apache-2.0
/* A dialogue on a terminal. */
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	struct winsize window = {0};
	char line[100];

	ioctl(0, TIOCGWINSZ, &window);
	printf("terminals %d%d%d, %dx%d\n", isatty(0), isatty(1), isatty(2), window.ws_row, window.ws_col);
	fflush(stdout);
	fprintf(stderr, "an error\n");
	while (fgets(line, sizeof line, stdin)) {
		printf("answer %s", line);
		fflush(stdout);
	}
	puts("no more");
	return 5;
}
