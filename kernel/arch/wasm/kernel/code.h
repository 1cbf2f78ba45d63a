/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _WASM_KERNEL_CODE_H
#define _WASM_KERNEL_CODE_H

#include <linux/fsnotify_backend.h>
#include <asm/machine.h>

/* A program as the machine has compiled it. */
struct wasm_code {
	struct fsnotify_mark mark;	/* on the file's inode, keeps it up to date */
	struct machine_code_info info;
	bool ready;			/* info is filled in */
};

/*
 * The code of a file, compiled if it is not known yet: sleeps, killable. Hold it
 * until the program runs. An ERR_PTR of -ENOEXEC if the machine refuses it.
 */
struct wasm_code *wasm_code_get(struct file *file);
void wasm_code_put(struct wasm_code *code);

#endif
