// SPDX-License-Identifier: Apache-2.0
/* Says that it is there, and is busy for ever. */
#include <stdio.h>

int main(void)
{
	puts("busy");
	fflush(stdout);
	for (;;)
		;
}
