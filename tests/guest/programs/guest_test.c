// SPDX-License-Identifier: Apache-2.0
#include "guest_test.h"

#include <stdarg.h>
#include <unistd.h>

static struct test_case *first, **last = &first;
static const char *running = "";

void add_test(struct test_case *test)
{
	*last = test;
	last = &test->next;
}

_Noreturn void test_failed(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s:%d: %s: ", file, line, running);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	fflush(stderr);
	_exit(1);
}

/* With arguments: only the cases named. */
int main(int argc, char **argv)
{
	for (struct test_case *test = first; test; test = test->next) {
		int wanted = argc < 2;

		for (int i = 1; i < argc; i++)
			wanted |= !strcmp(argv[i], test->name);
		if (!wanted)
			continue;
		running = test->name;
		test->run();
		printf("ok %s\n", test->name);
		fflush(stdout);
	}
	return 0;
}
