/* SPDX-License-Identifier: Apache-2.0 */
/* Between mini_kernel.c and mini_user.c. */
#pragma once

enum { SYS_exit = 1, SYS_print, SYS_sum, SYS_interrupts, SYS_on_fault, SYS_fork };

enum {
  SCENE_SYSCALLS,
  SCENE_MEMORY,
  SCENE_INTERRUPTS,
  SCENE_CLOCK,
  SCENE_HANDLER,
  SCENE_FORK,
  SCENE_DIVIDE,
  SCENE_RECURSE,
  SCENE_UNREACHABLE,
  SCENE_NULL_FUNCTION,
  SCENE_RETURN,
};

#define BAD_POINTER 0x40000008u
#define SIGNAL_SEGV 11
