// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Ends of the machine. */
#include <linux/panic.h>
#include <linux/pm.h>
#include <linux/reboot.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/wasm.h>

void (*pm_power_off)(void);

void machine_restart(char *command)
{
	unsigned int status;

	/* The end of panic(). */
	if (atomic_read(&panic_cpu) != PANIC_CPU_INVALID)
		wasm_machine_halt(MACHINE_HALT_PANIC, 0);

	/* reboot(LINUX_REBOOT_CMD_RESTART2, "exit=N"): N is the machine's exit status. */
	if (command && strstarts(command, "exit=") && !kstrtouint(command + 5, 10, &status))
		wasm_machine_halt(MACHINE_HALT_POWER_OFF, status);

	wasm_machine_halt(MACHINE_HALT_RESTART, 0);
}

void machine_power_off(void)
{
	do_kernel_power_off();
	wasm_machine_halt(MACHINE_HALT_POWER_OFF, 0);
}

/* Linux' name for stopping; the machine's function of this name ends it. */
void machine_halt(void)
{
	machine_power_off();
}
