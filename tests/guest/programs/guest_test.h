// SPDX-License-Identifier: Apache-2.0
/*
 * Cases of a guest program: TEST(name) { ... } with assertions, and no main. Each case says in
 * its comment what is right, by which standard. The program also runs natively.
 */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test_case {
  const char *name;
  void (*run)(void);
  struct test_case *next;
};

void add_test(struct test_case *test);
_Noreturn void test_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define TEST(name)                                            \
  static void name(void);                                     \
  __attribute__((constructor)) static void add_##name(void) { \
    static struct test_case test = {#name, name, 0};          \
    add_test(&test);                                          \
  }                                                           \
  static void name(void)

#define ASSERT(condition)                                                             \
  do {                                                                                \
    if (!(condition))                                                                 \
      test_failed(__FILE__, __LINE__, "%s (errno: %s)", #condition, strerror(errno)); \
  } while (0)

#define ASSERT_EQ(expected, actual)                                                                          \
  do {                                                                                                       \
    long long expected_ = (expected), actual_ = (actual);                                                    \
    if (expected_ != actual_)                                                                                \
      test_failed(__FILE__, __LINE__, "%s: expected %lld, is %lld (errno: %s)", #actual, expected_, actual_, \
                  strerror(errno));                                                                          \
  } while (0)

#define ASSERT_STR(expected, actual)                                                                  \
  do {                                                                                                \
    const char *expected_ = (expected), *actual_ = (actual);                                          \
    if (strcmp(expected_, actual_))                                                                   \
      test_failed(__FILE__, __LINE__, "%s: expected \"%s\", is \"%s\"", #actual, expected_, actual_); \
  } while (0)

#define ASSERT_ERRNO(expected, call) \
  do {                               \
    errno = 0;                       \
    ASSERT_EQ(-1, call);             \
    ASSERT_EQ(expected, errno);      \
  } while (0)

#endif
