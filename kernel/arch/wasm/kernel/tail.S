/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The last object of the kernel: the ends of sections. */
#include "sections.h"

	marker .rodata, __end_rodata
	marker .data, _edata
	marker __idle_sched_class, __sched_class_lowest
	marker .kunit_test_suites, __kunit_suites_end
	marker .init.setup, __setup_end
	marker .initcall7s.init, __initcall_end
	marker .con_initcall.init, __con_initcall_end
	marker .lsm_info.init, __end_lsm_info
	marker .early_lsm_info.init, __end_early_lsm_info
	marker .kunit_init_test_suites, __kunit_init_suites_end
	marker .bss, __bss_stop
	marker .bss, _end
