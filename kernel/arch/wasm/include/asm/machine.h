/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_MACHINE_H
#define _ASM_WASM_MACHINE_H

/*
 * The machine's interface: <asm/machine-abi.h> is abi/machine.h of WasmLinux,
 * copied by its build. One of its functions has a name of Linux.
 */
#ifndef __ASSEMBLY__
#define machine_halt	wasm_machine_halt
#include <asm/machine-abi.h>
#undef machine_halt
#endif

#endif
