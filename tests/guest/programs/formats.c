// SPDX-License-Identifier: Apache-2.0
/* printf and scanf: all conversions, by ISO C 7.21.6. */
#include "guest_test.h"

#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stddef.h>
#include <wchar.h>

#define ASSERT_PRINTS(expected, ...) do { \
	char text[512]; \
	int size = snprintf(text, sizeof text, __VA_ARGS__); \
	ASSERT_STR(expected, text); \
	ASSERT_EQ(strlen(expected), size); \
} while (0)

TEST(integers)
{
	ASSERT_PRINTS("0 -1 2147483647 -2147483648", "%d %i %d %d", 0, -1, INT_MAX, INT_MIN);
	ASSERT_PRINTS("4294967295 37777777777 ffffffff FFFFFFFF", "%u %o %x %X", -1u, -1u, -1u, -1u);
	ASSERT_PRINTS("-128 255 -32768 65535", "%hhd %hhu %hd %hu", -128, 255, -32768, 65535);
	ASSERT_PRINTS("-9223372036854775808 18446744073709551615", "%lld %llu", LLONG_MIN, ULLONG_MAX);
	ASSERT_PRINTS("-5 5 -7 7", "%jd %zu %td %ld", (intmax_t)-5, (size_t)5, (ptrdiff_t)-7, 7L);
	ASSERT_PRINTS("[   42] [42   ] [00042] [+42] [ 42]", "[%5d] [%-5d] [%05d] [%+d] [% d]", 42, 42, 42, 42, 42);
	ASSERT_PRINTS("0x2a 0X2A 052 0", "%#x %#X %#o %#x", 42, 42, 42, 0);
	ASSERT_PRINTS("[  00042] [] [00042  ]", "[%7.5d] [%.0d] [%-7.5d]", 42, 0, 42);
	ASSERT_PRINTS("[    7] [7    ] [007]", "[%*d] [%*d] [%.*d]", 5, 7, -5, 7, 3, 7);
	ASSERT_PRINTS("123456789012345 deadbeefcafe", "%" PRId64 " %" PRIx64, INT64_C(123456789012345),
		INT64_C(0xdeadbeefcafe));
}

TEST(floats)
{
	ASSERT_PRINTS("3.141593 3.141593e+00 3.14159", "%f %e %g", M_PI, M_PI, M_PI);
	ASSERT_PRINTS("0.0000 1e+10 1E-05 100000 1e+06", "%.4f %g %G %g %g", 0.0, 1e10, 1e-5, 1e5, 1e6);
	ASSERT_PRINTS("0x1.8p+1 0x1p-1074 -0x0p+0", "%a %a %a", 3.0, 0x1p-1074, -0.0);
	ASSERT_PRINTS("inf -inf nan INF", "%f %f %f %F", INFINITY, -INFINITY, NAN, INFINITY);
	ASSERT_PRINTS("[  3.14] [3.14  ] [003.14] [+3.14]", "[%6.2f] [%-6.2f] [%06.2f] [%+.2f]", M_PI, M_PI, M_PI, M_PI);
	ASSERT_PRINTS("1.7976931348623157e+308 2.2250738585072014e-308", "%.17g %.17g", DBL_MAX, DBL_MIN);
	ASSERT_PRINTS("0.5 2 0.125 0.12", "%g %.0f %.3f %.2f", 0.5, 2.5, 0.125, 0.125);
	ASSERT_PRINTS("1.000000 1.", "%#f %#.0f", 1.0, 1.0);
}

TEST(long_doubles)
{
	long double third = 1.0L / 3;

	ASSERT_PRINTS("0.333333333333333333", "%.18Lf", third);
	ASSERT_PRINTS("1e+4000", "%.0Le", strtold("1e4000", 0));
	ASSERT(sqrtl(2) * sqrtl(2) - 2 < 4 * LDBL_EPSILON);
	ASSERT_EQ(1234567890123456789LL, (long long)1234567890123456789.0L);
}

TEST(texts)
{
	ASSERT_PRINTS("a% [  abc] [abc  ] [ab] []", "%c%% [%5s] [%-5s] [%.2s] [%.0s]", 'a', "abc", "abc", "abc", "abc");
	ASSERT_PRINTS("b a", "%2$s %1$s", "a", "b");
	ASSERT_PRINTS("0x10", "%p", (void *)16);
	ASSERT(setlocale(LC_CTYPE, "C.UTF-8"));
	ASSERT_PRINTS("\u00e4\u20ac", "%ls", L"\u00e4\u20ac");
	ASSERT_PRINTS("\u20ac", "%lc", L'\u20ac');
}

TEST(count_so_far)
{
	int n = 0;

	ASSERT_PRINTS("12345", "123%n45", &n);
	ASSERT_EQ(3, n);
	/* snprintf() returns what it would have written, and always ends the text. */
	char small[4];
	ASSERT_EQ(10, snprintf(small, sizeof small, "%d", 1234567890));
	ASSERT_STR("123", small);
}

TEST(scanning)
{
	int a;
	unsigned b;
	double c;
	long double e;
	char word[16], set[16];
	long long d;

	ASSERT_EQ(6, sscanf("-12 0xff 2.5e3 9000000000 word abc!", "%d %x %lf %lld %15s %15[a-z]", &a, &b, &c, &d, word, set));
	ASSERT_EQ(-12, a);
	ASSERT_EQ(255, b);
	ASSERT(c == 2500);
	ASSERT_EQ(9000000000LL, d);
	ASSERT_STR("word", word);
	ASSERT_STR("abc", set);
	ASSERT_EQ(1, sscanf("0.1", "%Lf", &e));
	ASSERT(e == 0.1L);
	ASSERT_EQ(EOF, sscanf("", "%d", &a));
	ASSERT_EQ(0, sscanf("x", "%d", &a));
}

/* The nearest double, ties to even, also for long inputs. */
TEST(conversions)
{
	char *end;

	ASSERT(strtod("0.1", 0) == 0.1);
	ASSERT(strtod("9007199254740993", 0) == 9007199254740992.0);
	ASSERT(strtod("9007199254740993.00000000000000000000000001", 0) == 9007199254740994.0);
	ASSERT(strtod("0x1.fp3", &end) == 15.5 && !*end);
	ASSERT_EQ(LLONG_MAX, strtoll("99999999999999999999", 0, 10));
	ASSERT_EQ(ERANGE, errno);
	ASSERT_EQ(35, strtol("z", 0, 36));
}
