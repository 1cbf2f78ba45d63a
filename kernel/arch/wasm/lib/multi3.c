// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* 64 times 64 bits, which clang calls for a multiplication that must not overflow. */
#include <linux/types.h>

typedef int wide __attribute__((mode(TI)));

wide __multi3(wide a, wide b);

wide __multi3(wide a, wide b)
{
	u64 a_low = a, a_high = (unsigned __int128)a >> 64;
	u64 b_low = b, b_high = (unsigned __int128)b >> 64;
	u64 a0 = (u32)a_low, a1 = a_low >> 32;
	u64 b0 = (u32)b_low, b1 = b_low >> 32;
	u64 low = a0 * b0;
	u64 middle = a1 * b0 + (low >> 32);
	u64 carry = a0 * b1 + (u32)middle;
	u64 high = a1 * b1 + (middle >> 32) + (carry >> 32);

	high += a_low * b_high + a_high * b_low;
	return (wide)((unsigned __int128)high << 64 | carry << 32 | (u32)low);
}
