// SPDX-License-Identifier: Apache-2.0
/* What a program is given: arguments, environment, working directory. */
#include <stdio.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv, char **envp)
{
	char directory[256];

	for (int i = 0; i < argc; i++)
		printf("argv[%d]=<%s>\n", i, argv[i]);
	if (argv[argc])
		return 1;
	for (char **e = envp; *e; e++)
		printf("env <%s>\n", *e);
	if (envp != environ || !getcwd(directory, sizeof directory))
		return 2;
	printf("in <%s>\n", directory);
	return 0;
}
