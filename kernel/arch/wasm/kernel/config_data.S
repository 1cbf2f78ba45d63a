/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The configuration this kernel was built with. */
	.section .rodata.wasm_config_data,"",@
	.globl	wasm_config_data
	.globl	wasm_config_data_end
	.type	wasm_config_data,@object
	.type	wasm_config_data_end,@object
wasm_config_data:
	.incbin	"arch/wasm/kernel/config_data.gz"
wasm_config_data_end:
	.int8	0
	.size	wasm_config_data, wasm_config_data_end-wasm_config_data
	.size	wasm_config_data_end, 1
