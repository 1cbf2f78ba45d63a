/* SPDX-License-Identifier: MIT */
#include "pthread_impl.h"

int __set_thread_area(void *p)
{
	__asm__ __volatile__ (
		".globaltype __tls_base, i32\n\t"
		"local.get %0\n\t"
		"global.set __tls_base"
		: : "r"(p) : "memory");
	return 0;
}
