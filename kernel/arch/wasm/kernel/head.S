/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The first object of the kernel: the starts of sections, the first code, the
 * first stack.
 */
#include <asm/page.h>
#include <asm/thread_info.h>
#include "sections.h"

#define TRAP_STACK_SIZE	16384

/* The assembler takes no expression of numbers: THREAD_SIZE, and 4 KiB less. */
#if THREAD_SHIFT == 16
#define STACK_SIZE	65536
#define STACK_NEARLY	61440
#else
#define STACK_SIZE	32768
#define STACK_NEARLY	28672
#endif

	/* There are no addresses of code: these are for generic code to refer to. */
	marker .rodata, _text, 4
	marker .rodata, _stext
	marker .rodata, _etext
	marker .rodata, _sinittext
	marker .rodata, _einittext
	marker .rodata, __sched_text_start
	marker .rodata, __sched_text_end
	marker .rodata, __lock_text_start
	marker .rodata, __lock_text_end
	marker .rodata, __cpuidle_text_start
	marker .rodata, __cpuidle_text_end
	marker .rodata, __noinstr_text_start
	marker .rodata, __noinstr_text_end
	marker .rodata, __entry_text_start
	marker .rodata, __entry_text_end
	marker .rodata, __kprobes_text_start
	marker .rodata, __kprobes_text_end
	marker .rodata, __irqentry_text_start
	marker .rodata, __irqentry_text_end
	marker .rodata, __softirqentry_text_start
	marker .rodata, __softirqentry_text_end
	marker .rodata, __start_notes
	marker .rodata, __stop_notes
	marker .rodata, __start_rodata, 4

	/* .data.* are one section: what lies in a part of it of its own elsewhere. */
	marker .data, _data, 4
	marker .data, _sdata
	marker .data, __start_once
	marker .data, __end_once
	marker .data, __start_ro_after_init
	marker .data, __end_ro_after_init
	marker .data, __nosave_begin
	marker .data, __nosave_end
	marker .data, __per_cpu_load
	marker .data, __per_cpu_start
	marker .data, __per_cpu_end

	/* Scheduling classes, an array, highest first. */
	marker __stop_sched_class, __sched_class_highest
	marker __dl_sched_class, __wasm_dl_sched_class
	marker __rt_sched_class, __wasm_rt_sched_class
	marker __fair_sched_class, __wasm_fair_sched_class
	marker __ext_sched_class, __wasm_ext_sched_class
	marker __idle_sched_class, __wasm_idle_sched_class

	/* Referred to even if nothing is in them. */
	marker __ex_table, __wasm_ex_table
	marker __param, __wasm_param
	marker __modver, __wasm_modver
	marker .kunit_test_suites, __kunit_suites_start, 3

	/* Freed after boot. */
	marker .wasm.init.begin, __init_begin, PAGE_SHIFT
	marker .init.data, __wasm_init_data, 3
	marker .init.rodata, __wasm_init_rodata, 3
	marker .init.setup, __setup_start
	marker .initcallearly.init, __initcall_start
	marker .initcall0.init, __initcall0_start
	marker .initcall0s.init, __wasm_initcall0s
	marker .initcall1.init, __initcall1_start
	marker .initcall1s.init, __wasm_initcall1s
	marker .initcall2.init, __initcall2_start
	marker .initcall2s.init, __wasm_initcall2s
	marker .initcall3.init, __initcall3_start
	marker .initcall3s.init, __wasm_initcall3s
	marker .initcall4.init, __initcall4_start
	marker .initcall4s.init, __wasm_initcall4s
	marker .initcall5.init, __initcall5_start
	marker .initcall5s.init, __wasm_initcall5s
	marker .initcallrootfs.init, __initcallrootfs_start
	marker .initcallrootfss.init, __wasm_initcallrootfss
	marker .initcall6.init, __initcall6_start
	marker .initcall6s.init, __wasm_initcall6s
	marker .initcall7.init, __initcall7_start
	marker .initcall7s.init, __wasm_initcall7s
	marker .con_initcall.init, __con_initcall_start
	marker .lsm_info.init, __start_lsm_info
	marker .early_lsm_info.init, __start_early_lsm_info
	marker .kunit_init_test_suites, __kunit_init_suites_start, 3
	marker .init.ramfs, __initramfs_start, 2
	marker .init.ramfs.info, __wasm_initramfs_info, 3
	marker .wasm.init.end, __init_end, PAGE_SHIFT

	marker .bss, __bss_start, 4

/* The first task's stack, and one for traps that find no room on theirs. */
	.section .bss.wasm_stacks,"",@
	.globl	init_stack
	.globl	init_thread_union
	.type	init_stack,@object
	.type	init_thread_union,@object
	.p2align THREAD_SHIFT
init_thread_union:
init_stack:
	.skip	STACK_SIZE
	.size	init_stack, STACK_SIZE
	.size	init_thread_union, STACK_SIZE

	.globl	wasm_trap_stack
	.type	wasm_trap_stack,@object
	.p2align 4
wasm_trap_stack:
	.skip	TRAP_STACK_SIZE
	.size	wasm_trap_stack, TRAP_STACK_SIZE

	.globaltype __stack_pointer, i32
	.functype wasm_start () -> ()
	.functype wasm_trap (i32, i32, i32, i32) -> ()

	.section .text.kernel_start,"",@
	.globl	kernel_start
	.type	kernel_start,@function
	.export_name kernel_start, kernel_start
kernel_start:
	.functype kernel_start () -> ()
	i32.const init_stack+STACK_SIZE-256
	global.set __stack_pointer
	call	wasm_start
	unreachable
	end_function

/*
 * An exception in kernel code, on the stack of what it interrupted. If that one is
 * nearly full there is another.
 */
	.section .text.kernel_trap,"",@
	.globl	kernel_trap
	.type	kernel_trap,@function
	.export_name kernel_trap, kernel_trap
kernel_trap:
	.functype kernel_trap (i32, i32, i32, i32) -> ()
	.local	i32
	global.get __stack_pointer
	local.tee 4
	i32.const wasm_stack_low
	i32.load 0
	i32.sub
	i32.const STACK_NEARLY
	i32.gt_u
	if
	local.get 4
	i32.const wasm_trap_stack
	i32.sub
	i32.const TRAP_STACK_SIZE
	i32.gt_u
	if
	i32.const wasm_trap_stack+TRAP_STACK_SIZE
	global.set __stack_pointer
	end_if
	end_if
	local.get 0
	local.get 1
	local.get 2
	local.get 3
	call	wasm_trap
	local.get 4
	global.set __stack_pointer
	end_function
