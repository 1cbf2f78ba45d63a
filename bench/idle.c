/* SPDX-License-Identifier: Apache-2.0 */
/* A guest at rest: says that it is up, then waits while memory and CPU are measured from outside. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	puts("@@ready");
	fflush(stdout);
	sleep(6);
	return 0;
}
