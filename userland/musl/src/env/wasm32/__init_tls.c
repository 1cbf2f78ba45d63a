/* SPDX-License-Identifier: MIT */
/*
 * The generic file finds the initial TLS image by ELF program headers. Here the
 * linker puts it among the static data, where __tls_base points at the start.
 */
#include "features.h"
#undef weak_alias
#define weak_alias(old, new) extern int __unused_alias
#include "../__init_tls.c"

void __init_tls(size_t *aux)
{
	void *mem;

	main_tls.size = __builtin_wasm_tls_size();
	main_tls.align = __builtin_wasm_tls_align();
	if (main_tls.size) {
		main_tls.image = (void *)__get_tp();
		main_tls.len = main_tls.size;
		libc.tls_cnt = 1;
		libc.tls_head = &main_tls;
	}
	if (main_tls.align < MIN_TLS_ALIGN) main_tls.align = MIN_TLS_ALIGN;
	main_tls.size += -main_tls.size & (main_tls.align-1);

	libc.tls_align = main_tls.align;
	libc.tls_size = 2*sizeof(void *) + sizeof(struct pthread)
		+ main_tls.size + main_tls.align
		+ MIN_TLS_ALIGN-1 & -MIN_TLS_ALIGN;

	if (libc.tls_size > sizeof builtin_tls) {
		mem = (void *)__syscall(SYS_mmap2, 0, libc.tls_size,
			PROT_READ|PROT_WRITE, MAP_ANONYMOUS|MAP_PRIVATE, -1, 0);
		if ((unsigned long)mem > -4096UL) a_crash();
	} else {
		mem = builtin_tls;
	}

	if (__init_tp(__copy_tls(mem)) < 0)
		a_crash();
}
