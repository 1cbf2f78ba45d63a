// SPDX-License-Identifier: Apache-2.0
/* Files in its arguments, or standard input, to standard output. */
#include <stdio.h>
#include <string.h>

static int copy(FILE *in)
{
	char buffer[65536];
	size_t n;

	while ((n = fread(buffer, 1, sizeof buffer, in)))
		if (fwrite(buffer, 1, n, stdout) != n)
			return 1;
	return ferror(in) || fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return copy(stdin);
	for (int i = 1; i < argc; i++) {
		FILE *in = fopen(argv[i], "r");

		if (!in) {
			perror(argv[i]);
			return 1;
		}
		if (copy(in))
			return 1;
		fclose(in);
	}
	return 0;
}
