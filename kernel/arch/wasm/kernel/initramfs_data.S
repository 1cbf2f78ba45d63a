/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* usr/initramfs_data.S, in the assembler's syntax for wasm. */

	.section .init.ramfs,"",@
	.type	__irf_start,@object
__irf_start:
	.incbin	"usr/initramfs_inc_data"
.Lirf_end:
	.size	__irf_start, .Lirf_end-__irf_start

	.section .init.ramfs.info,"",@
	.globl	__initramfs_size
	.type	__initramfs_size,@object
	.p2align 2
__initramfs_size:
	.int32	.Lirf_end-__irf_start
	.size	__initramfs_size, 4
