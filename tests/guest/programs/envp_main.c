// SPDX-License-Identifier: Apache-2.0
/* main with three parameters, as many programs have it. */
#include <stdio.h>

extern char **environ;

int main(int argc, char **argv, char **envp)
{
	printf("%d %s %s\n", argc, argv[1], envp == environ ? *envp : "?");
	return 0;
}
