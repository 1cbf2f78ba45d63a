// SPDX-License-Identifier: Apache-2.0
/*
 * Functions called with another signature than they have, directly and by pointer: missing
 * arguments are 0, surplus ones dropped, results likewise. C leaves it undefined, other machines
 * let it pass, and much software relies on it.
 */
#include <stdio.h>

/* Not as in adapt_other.c, on purpose. */
int with_fewer(int, int, int);
int with_more(int);
void returns_something(int);
int returns_nothing(int);
long long is_narrower(int);
int main_like(int, char **);

static int one(int a) { return a + 1; }
static int three(int a, int b, int c) { return a * 100 + b * 10 + c; }
static void nothing(int a) { printf("nothing %d\n", a); }

typedef int function(int, int);
static function *const volatile functions[] = { (function *)one, (function *)three, (function *)nothing };

int main(void)
{
	printf("direct %d\n", with_fewer(1, 2, 3));
	printf("direct %d\n", with_more(1));
	returns_something(7);
	printf("direct %d\n", returns_nothing(8) == 0);
	printf("direct %lld\n", is_narrower(9));
	printf("direct %d\n", main_like(4, 0));
	printf("pointer %d\n", functions[0](5, 6));
	printf("pointer %d\n", functions[1](5, 6));
	functions[2](7, 8);
	return 0;
}
