// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Assembly of this port needs no offsets; kbuild wants the file. */
void foo(void);
void foo(void)
{
}
