/* SPDX-License-Identifier: MIT */
/*
 * The thread pointer is __tls_base, a global of the module of which the machine
 * keeps a copy for each context. Compiled code finds _Thread_local objects above
 * it; struct pthread lies right below.
 */
static inline uintptr_t __get_tp()
{
	uintptr_t tp;
	__asm__ (
		".globaltype __tls_base, i32\n\t"
		"global.get __tls_base\n\t"
		"local.set %0"
		: "=r"(tp));
	return tp;
}

#define TLS_ABOVE_TP
#define GAP_ABOVE_TP 0
