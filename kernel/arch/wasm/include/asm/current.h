/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_CURRENT_H
#define _ASM_WASM_CURRENT_H

struct task_struct;

extern struct task_struct *wasm_current;

#define current	wasm_current

#endif
