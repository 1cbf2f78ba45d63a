// SPDX-License-Identifier: Apache-2.0
/* Shows what a program finds: arguments, environment, directory, kinds of standard files. */
#include <stdio.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
	char directory[256];

	for (int i = 0; i < argc; i++)
		printf("argument [%s]\n", argv[i]);
	for (char **e = environ; *e; e++)
		printf("variable [%s]\n", *e);
	printf("directory [%s]\n", getcwd(directory, sizeof directory));
	printf("terminals %d%d%d\n", isatty(0), isatty(1), isatty(2));
	fprintf(stderr, "an error\n");
	return 42;
}
