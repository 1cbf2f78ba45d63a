// SPDX-License-Identifier: Apache-2.0
/* The other side of adapt.c. */
#include <stdio.h>

int with_fewer(int a) { return a; }
int with_more(int a, int b, double c, long long d) { return a + b + (int)c + (int)d + 10; }
int returns_something(int a) { return printf("something %d\n", a); }
void returns_nothing(int a) { printf("called %d\n", a); }
int is_narrower(int a) { return a + 1; }
int main_like(int a, char **b, char **c) { return a + !b + !c; }
