// SPDX-License-Identifier: Apache-2.0
/* A kernel that says a word and then loops: for ever, taking interrupts or, with
 * the command line "deaf", none although one is pending. */
#include "abi/machine.h"

static struct machine_boot_info info;
static struct machine_vcpu cpu;

void kernel_interrupt(void)
{
	__atomic_exchange_n(&cpu.pending, 0, __ATOMIC_SEQ_CST);
}

void kernel_trap(uint32_t cause, uint32_t address, uint32_t write, uint32_t code)
{
	uint32_t codes[8], count = machine_backtrace(codes, 8);
	char name[64];

	for (uint32_t i = 0; i < count; i++)
		machine_console_write(name, machine_symbol(codes[i], 0, name, sizeof name));
	machine_halt(MACHINE_HALT_PANIC, cause);
}

void kernel_context_entry(uint32_t arg, uint32_t value)
{
}

void kernel_secondary(uint32_t arg)
{
}

static void __attribute__((noinline)) spin_forever(void)
{
	for (;;)
		__asm__ volatile("");
}

void kernel_start(void)
{
	machine_boot(MACHINE_ABI_VERSION, 16, &info);
	machine_vcpu_init(0, &cpu);
	machine_console_write("spinning\n", 9);
	if (info.cmdline[0] == 'd')
		machine_timer_set(machine_clock() + 1000);
	else
		cpu.irq_enabled = 1;
	spin_forever();
}
