// SPDX-License-Identifier: Apache-2.0
/* Says that it runs and never ends by itself. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	puts("running");
	fflush(stdout);
	if (argc > 1 && !strcmp(argv[1], "sleep"))
		for (;;)
			pause();
	for (;;)
		;
}
