// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* /proc/cpuinfo */
#include <linux/cpu.h>
#include <linux/seq_file.h>
#include <asm/processor.h>

static int show_cpuinfo(struct seq_file *m, void *v)
{
	seq_puts(m,
		 "processor\t: 0\n"
		 "vendor_id\t: WasmLinux\n"
		 "model name\t: WebAssembly\n"
		 "features\t: wasm32 atomics bulk-memory mutable-globals sign-ext nontrapping-fptoint\n");
	seq_printf(m, "abi version\t: %d\n", MACHINE_ABI_VERSION);
	seq_printf(m, "page size\t: %lu\n\n", PAGE_SIZE);
	return 0;
}

static void *c_start(struct seq_file *m, loff_t *pos)
{
	return *pos < 1 ? (void *)1 : NULL;
}

static void *c_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return c_start(m, pos);
}

static void c_stop(struct seq_file *m, void *v)
{
}

const struct seq_operations cpuinfo_op = {
	.start	= c_start,
	.next	= c_next,
	.stop	= c_stop,
	.show	= show_cpuinfo,
};
