// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* The kernel's first steps. */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/initrd.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/cpu.h>
#include <linux/sched/task_stack.h>
#include <linux/start_kernel.h>
#include <asm/sections.h>
#include <asm/setup.h>
#include <asm/wasm.h>

struct machine_boot_info wasm_boot_info;

static void early_console_write(struct console *con, const char *text, unsigned int size)
{
	machine_console_write(text, size);
}

/* Until the console of drivers/console.c is there: for a kernel that dies early. */
static struct console early_console_device = {
	.name	= "machine",
	.write	= early_console_write,
	.flags	= CON_PRINTBUFFER | CON_BOOT | CON_ANYTIME,
	.index	= -1,
};

/* Called by kernel_start() in head.S. */
void wasm_start(void);
void __init wasm_start(void)
{
	machine_boot(MACHINE_ABI_VERSION, PAGE_SHIFT, &wasm_boot_info);
	init_task.thread.context = machine_context_current();
	task_pt_regs(&init_task)->user = 1;
	start_kernel();
}

static void __init setup_initrd(void)
{
	unsigned long start = wasm_boot_info.initrd_start;
	unsigned long size = wasm_boot_info.initrd_size;

	if (!start || !IS_ENABLED(CONFIG_BLK_DEV_INITRD))
		return;
	memblock_reserve(start, PAGE_ALIGN(size));
	initrd_start = start;
	initrd_end = start + size;
}

void __init setup_arch(char **cmdline_p)
{
	u8 seed[32];

	register_console(&early_console_device);

	strscpy(boot_command_line, wasm_boot_info.cmdline, COMMAND_LINE_SIZE);
	*cmdline_p = boot_command_line;

	/* The first 64 KiB are never mapped; a page can't lie there in part. */
	memblock_add(MACHINE_NULL_GUARD, wasm_boot_info.ram_size - MACHINE_NULL_GUARD);
	memblock_reserve(MACHINE_NULL_GUARD, PAGE_ALIGN(__pa(_end)) - MACHINE_NULL_GUARD);
	setup_initrd();

	setup_initial_init_mm(_stext, _etext, _edata, _end);
	parse_early_param();

	min_low_pfn = PFN_UP(memblock_start_of_DRAM());
	max_low_pfn = PFN_DOWN(memblock_end_of_DRAM());
	max_pfn = max_low_pfn;
	high_memory = __va(PFN_PHYS(max_low_pfn));
	paging_init();

	machine_entropy(seed, sizeof(seed));
	add_bootloader_randomness(seed, sizeof(seed));
	memzero_explicit(seed, sizeof(seed));
}

void __init arch_cpu_finalize_init(void)
{
}
