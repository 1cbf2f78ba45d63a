// SPDX-License-Identifier: Apache-2.0
/* Standard output and error are different, and both arrive complete and in order. */
#include <stdio.h>

int main(void)
{
	for (int i = 0; i < 1000; i++) {
		printf("out %d\n", i);
		fprintf(stderr, "err %d\n", i);
	}
	return 3;
}
