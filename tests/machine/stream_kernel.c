// SPDX-License-Identifier: Apache-2.0
/*
 * A kernel that is nothing but streams, for tests of the command line. The first
 * letter of its command line says what it does: c copies standard input to standard
 * output and ends with status 7, t shows what is typed on the terminal until a q,
 * w ends with status 3 when asked to power off, i never ends, o panics.
 */
#include "abi/machine.h"

static struct machine_boot_info info;
static struct machine_vcpu cpu;
static char buffer[1 << 16];

void kernel_interrupt(void)
{
}

void kernel_trap(uint32_t cause, uint32_t address, uint32_t write, uint32_t code)
{
	machine_halt(MACHINE_HALT_PANIC, cause);
}

void kernel_context_entry(uint32_t arg, uint32_t value)
{
}

void kernel_secondary(uint32_t arg)
{
}

static uint32_t wait_for_interrupt(void)
{
	machine_idle();
	return __atomic_exchange_n(&cpu.pending, 0, __ATOMIC_SEQ_CST);
}

static void say(const char *text)
{
	uint32_t n = 0;

	while (text[n])
		n++;
	machine_console_write(text, n);
}

static void write_all(uint32_t stream, const char *text, int32_t size)
{
	while (size) {
		int32_t n = machine_stream_write(stream, text, size);

		if (n > 0) {
			text += n;
			size -= n;
		} else if (n == -11 /* EAGAIN */) {
			wait_for_interrupt();
		} else {
			machine_halt(MACHINE_HALT_POWER_OFF, -n);
		}
	}
}

static void copy(void)
{
	for (;;) {
		int32_t n = machine_stream_read(MACHINE_STREAM_STDIN, buffer, sizeof buffer);

		if (!n)
			machine_halt(MACHINE_HALT_POWER_OFF, 7);
		if (n > 0)
			write_all(MACHINE_STREAM_STDOUT, buffer, n);
		else if (n == -11)
			wait_for_interrupt();
		else
			machine_halt(MACHINE_HALT_POWER_OFF, -n);
	}
}

static void type(void)
{
	static const char digits[] = "0123456789abcdef";

	write_all(MACHINE_STREAM_TTY, "ready\r\n", 7);
	for (;;) {
		int32_t n = machine_stream_read(MACHINE_STREAM_TTY, buffer, 1);

		if (n == 1) {
			char text[] = "<00>";

			text[1] = digits[(unsigned char)buffer[0] >> 4];
			text[2] = digits[buffer[0] & 15];
			write_all(MACHINE_STREAM_TTY, text, 4);
			if (buffer[0] == 'q')
				machine_halt(MACHINE_HALT_POWER_OFF, 0);
		} else if (n == -11) {
			if (wait_for_interrupt() & MACHINE_IRQ_WINDOW) {
				uint32_t size = machine_window_size();
				char text[] = "<window 00x00>";

				text[8] = digits[size >> 20 & 15];
				text[9] = digits[size >> 16 & 15];
				text[11] = digits[size >> 4 & 15];
				text[12] = digits[size & 15];
				write_all(MACHINE_STREAM_TTY, text, sizeof text - 1);
			}
		} else {
			machine_halt(MACHINE_HALT_POWER_OFF, 9);
		}
	}
}

void kernel_start(void)
{
	machine_boot(MACHINE_ABI_VERSION, 16, &info);
	machine_vcpu_init(0, &cpu);
	switch (info.cmdline[0]) {
	case 'c':
		copy();
	case 't':
		type();
	case 'w':
		say("waiting\n");
		while (!(wait_for_interrupt() & MACHINE_IRQ_POWER))
			;
		machine_halt(MACHINE_HALT_POWER_OFF, 3);
	case 'i':
		say("waiting\n");
		for (;;)
			wait_for_interrupt();
	default:
		say("a message from before\nKernel panic - not syncing: no command\n");
		machine_halt(MACHINE_HALT_PANIC, 0);
	}
}
