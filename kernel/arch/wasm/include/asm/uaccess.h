/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_UACCESS_H
#define _ASM_WASM_UACCESS_H

#include <linux/unaligned.h>

unsigned long raw_copy_from_user(void *to, const void __user *from, unsigned long size);
unsigned long raw_copy_to_user(void __user *to, const void *from, unsigned long size);
unsigned long __clear_user(void __user *to, unsigned long size);

#define __clear_user __clear_user

#include <asm-generic/uaccess.h>

bool wasm_kernel_address_ok(const void *address, size_t size);

#define __get_kernel_nofault(dst, src, type, err_label)			\
do {									\
	if (!wasm_kernel_address_ok(src, sizeof(type)))			\
		goto err_label;						\
	*((type *)(dst)) = get_unaligned((type *)(src));		\
} while (0)

#define __put_kernel_nofault(dst, src, type, err_label)			\
do {									\
	if (!wasm_kernel_address_ok(dst, sizeof(type)))			\
		goto err_label;						\
	put_unaligned(*((type *)(src)), (type *)(dst));			\
} while (0)

#endif
