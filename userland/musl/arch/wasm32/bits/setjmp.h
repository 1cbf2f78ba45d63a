/* SPDX-License-Identifier: MIT */
typedef unsigned long long __jmp_buf[4];
