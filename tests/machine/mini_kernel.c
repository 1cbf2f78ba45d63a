// SPDX-License-Identifier: Apache-2.0
/*
 * A kernel of one page a function, to test the machine without Linux and to show
 * what porting a kernel to it takes. It takes its initrd for a user program (see
 * mini_user.c), runs it, and halts with status 0 if everything was as it should be.
 */
#include "abi/machine.h"

#define PAGE_SHIFT 16
#define PAGE_SIZE (1u << PAGE_SHIFT)

typedef unsigned char u8;
typedef uint32_t u32;
typedef uint64_t u64;

static struct machine_boot_info info;
static struct machine_vcpu cpu;
static volatile u32 timer_ticks;
static u32 next_free; /* physical page allocator */

/* ---- Messages and checks ---- */

static void print(const char *text)
{
	u32 n = 0;

	while (text[n])
		n++;
	machine_console_write(text, n);
}

static void print_number(u32 value)
{
	char text[12];
	int at = sizeof text;

	do
		text[--at] = '0' + value % 10;
	while (value /= 10);
	machine_console_write(text + at, sizeof text - at);
}

#define STRING(x) #x
#define LINE(x) STRING(x)
#define check(condition) \
	do { \
		if (!(condition)) { \
			print("mini_kernel.c:" LINE(__LINE__) ": " #condition "\n"); \
			machine_halt(MACHINE_HALT_PANIC, 1); \
		} \
	} while (0)

/* ---- Interrupts and exceptions ---- */

void kernel_interrupt(void)
{
	u32 pending = __atomic_exchange_n(&cpu.pending, 0, __ATOMIC_SEQ_CST);

	if (pending & MACHINE_IRQ_TIMER)
		timer_ticks++;
}

static volatile u32 expected_cause, expected_address, traps;
static volatile u32 unmapped_window;

void kernel_trap(u32 cause, u32 address, u32 write, u32 code)
{
	char name[64];
	u32 codes[16], count = machine_backtrace(codes, 16);

	if (cause != expected_cause || address != expected_address) {
		print("unexpected trap: cause ");
		print_number(cause);
		print(" address ");
		print_number(address);
		print("\n");
		for (u32 i = 0; i < count; i++) {
			machine_symbol(codes[i], 0, name, sizeof name);
			print("  ");
			print(name);
			print("\n");
		}
		machine_halt(MACHINE_HALT_PANIC, 2);
	}
	check(count >= 3); /* this function, the interrupted one, its caller */
	traps++;
	/* The instruction runs again: make it succeed. */
	check(machine_kernel_map(unmapped_window, 16 * PAGE_SIZE, PAGE_SIZE, 1) == 0);
}

static void interrupts_on(void)
{
	cpu.irq_enabled = 1;
	if (cpu.pending) {
		cpu.irq_enabled = 0;
		kernel_interrupt();
		cpu.irq_enabled = 1;
	}
}

static void interrupts_off(void)
{
	cpu.irq_enabled = 0;
}

static void test_interrupts(void)
{
	u32 before = timer_ticks, spins = 0;
	u64 end;

	interrupts_on();
	machine_timer_set(machine_clock() + 2000000);
	while (timer_ticks == before) /* nothing here that could poll */
		spins++;
	check(spins > 0);

	/* And code that is nearly always in the machine's. */
	before = timer_ticks;
	end = machine_clock() + 2000000000;
	machine_timer_set(machine_clock() + 1000000);
	while (timer_ticks == before)
		check(machine_clock() < end);
	interrupts_off();

	before = timer_ticks;
	machine_timer_set(machine_clock() + 2000000);
	while (!cpu.pending)
		machine_idle();
	check(timer_ticks == before); /* disabled: it waits */
	interrupts_on();
	check(timer_ticks == before + 1);
	interrupts_off();
}

static void __attribute__((noinline)) touch(u32 address)
{
	*(volatile u32 *)address = 0x12345678;
}

static void test_kernel_memory(void)
{
	u32 window = MACHINE_VMAP_START + 4 * PAGE_SIZE;

	unmapped_window = window;
	expected_cause = MACHINE_TRAP_PAGE_FAULT;
	expected_address = window + 8;
	touch(window + 8);
	check(traps == 1);
	check(*(volatile u32 *)(16 * PAGE_SIZE + 8) == 0x12345678);
	machine_kernel_unmap(window, PAGE_SIZE);
	touch(window + 8);
	check(traps == 2);
	machine_kernel_unmap(window, PAGE_SIZE);
}

/* ---- Contexts ---- */

static u32 main_context, other_context;
static u8 other_stack[4096] __attribute__((aligned(16)));
static volatile u32 other_turns;

void kernel_context_entry(u32 arg, u32 value)
{
	check(arg == 77 && value == 1);
	for (;;) {
		other_turns++;
		value = machine_context_switch(main_context, other_turns * 10);
		check(value == other_turns + 1);
	}
}

void kernel_secondary(u32 arg)
{
}

static void test_contexts(void)
{
	main_context = machine_context_current();
	other_context = machine_context_new((u32)(other_stack + sizeof other_stack), 77);
	check(other_context);
	for (u32 turn = 1; turn <= 1000; turn++)
		check(machine_context_switch(other_context, turn) == turn * 10);
	machine_context_free(other_context);
}

/* ---- User memory: page tables and faults ---- */

static u32 allocate_page(void)
{
	u32 page = next_free;

	next_free += PAGE_SIZE;
	check(next_free <= info.initrd_start);
	__builtin_memset((void *)page, 0, PAGE_SIZE);
	return page;
}

struct space {
	u32 *pgd;
	u32 mm;
};

static void new_space(struct space *space)
{
	space->pgd = (u32 *)allocate_page();
	space->mm = machine_mm_new((u32)space->pgd);
	check((int32_t)space->mm > 0);
}

static u32 *pte_of(struct space *space, u32 address)
{
	u32 *upper = &space->pgd[address >> (PAGE_SHIFT + MACHINE_PTE_SHIFT)];

	if (!*upper)
		*upper = allocate_page() | MACHINE_PTE_PRESENT;
	return (u32 *)(*upper & ~0xfffu) + ((address >> PAGE_SHIFT) & (MACHINE_PTE_COUNT - 1));
}

#define PTE_ALL (MACHINE_PTE_PRESENT | MACHINE_PTE_WRITE | MACHINE_PTE_YOUNG | MACHINE_PTE_DIRTY)

static u8 *user_pointer(struct space *space, u32 address)
{
	u32 *pte = pte_of(space, address);

	if (!*pte)
		*pte = allocate_page() | PTE_ALL;
	return (u8 *)(*pte & ~(PAGE_SIZE - 1)) + (address & (PAGE_SIZE - 1));
}

/* ---- Running the program ---- */

static u32 nr_data;

static u32 load_program(void)
{
	struct machine_chunk chunk = {info.initrd_start, info.initrd_size};
	struct machine_code_info code;
	int32_t request = machine_code_request(&chunk, 1), result;

	check(request >= 0);
	while ((result = machine_code_poll(request, &code)) == -11) {
		machine_idle();
		kernel_interrupt();
	}
	check(result == 0);
	check(code.handle && code.memory_size >= PAGE_SIZE);
	nr_data = code.nr_data;
	return code.handle;
}

#include "tests/machine/mini_abi.h"

struct process {
	struct space space;
	u32 user;
};

static u32 interrupts_seen;

/* Runs until exit; returns its status. A fork runs the child to its end first. */
static u32 run(struct process *process)
{
	struct machine_trap trap = {0};
	struct process child;
	u32 saved_sp = 0, fault_sp = 0;

	for (;;) {
		switch (machine_user_run(process->user, &trap)) {
		case MACHINE_TRAP_INTERRUPT:
			interrupts_seen++;
			kernel_interrupt();
			if (interrupts_seen < 50)
				machine_timer_set(machine_clock() + 300000);
			break;
		case MACHINE_TRAP_PAGE_FAULT:
			if (trap.address == BAD_POINTER) { /* SIGSEGV to a handler */
				fault_sp = machine_user_get(process->user, MACHINE_REG_SP);
				check(trap.write == 1);
				check(machine_user_call(process->user, trap.args[5], SIGNAL_SEGV,
							trap.address, 0, (fault_sp - 128) & ~15u, 4711) == 0);
				break;
			}
			check(trap.address >= PAGE_SIZE);
			user_pointer(&process->space, trap.address);
			break;
		case MACHINE_TRAP_RETURN:
			check(trap.args[0] == 4711);
			machine_user_set(process->user, MACHINE_REG_SP, fault_sp);
			user_pointer(&process->space, BAD_POINTER); /* now it succeeds */
			break;
		case MACHINE_TRAP_SYSCALL:
			switch (trap.nr) {
			case SYS_exit:
				return trap.args[0];
			case SYS_print:
				machine_console_write((char *)user_pointer(&process->space, trap.args[0]),
						      trap.args[1]);
				trap.result = trap.args[1];
				break;
			case SYS_sum:
				trap.result = trap.args[0] + 2 * trap.args[1] + 3 * trap.args[2] +
					      4 * trap.args[3] + 5 * trap.args[4] + 6 * trap.args[5];
				break;
			case SYS_interrupts:
				if (trap.args[0])
					machine_timer_set(machine_clock() + 300000);
				trap.result = interrupts_seen;
				break;
			case SYS_on_fault:
				trap.result = 0;
				break;
			case SYS_fork:
				saved_sp = machine_user_get(process->user, MACHINE_REG_SP);
				new_space(&child.space);
				for (u32 page = 0; page < 65536 - 1; page++) {
					u32 upper = process->space.pgd[page >> MACHINE_PTE_SHIFT];
					u32 pte = upper ? ((u32 *)(upper & ~0xfffu))[page & 1023] : 0;

					if (pte)
						__builtin_memcpy(user_pointer(&child.space, page << PAGE_SHIFT),
								 (void *)(pte & ~(PAGE_SIZE - 1)), PAGE_SIZE);
				}
				child.user = machine_user_new(child.space.mm);
				check(machine_mm_fork(child.space.mm, process->space.mm) == 0);
				check(machine_user_fork(child.user, process->user) == 0);
				check(machine_user_get(child.user, MACHINE_REG_SP) == saved_sp);
				trap.result = run(&child);
				machine_user_free(child.user);
				machine_mm_free(child.space.mm);
				break;
			default:
				check(!"unknown system call");
			}
			break;
		case MACHINE_TRAP_DIVIDE_BY_ZERO:
		case MACHINE_TRAP_UNREACHABLE:
		case MACHINE_TRAP_STACK_OVERFLOW:
		case MACHINE_TRAP_BAD_TABLE_INDEX:
		case MACHINE_TRAP_NULL_FUNCTION:
		case MACHINE_TRAP_BAD_ADDRESS:
			return 0x100 + trap.cause; /* as if killed */
		default:
			print("cause ");
			print_number(trap.cause);
			check(!"unknown trap");
		}
	}
}

static u32 start(u32 code, u32 scene)
{
	struct process process;
	u32 status, top = 0xffff0000u;

	new_space(&process.space);
	process.user = machine_user_new(process.space.mm);
	check((int32_t)process.user > 0);
	*(u32 *)user_pointer(&process.space, top - 16) = scene;
	for (u32 i = 0; i < nr_data; i++) {
		struct machine_code_data data;

		check(machine_code_data(code, i, &data) == 0);
		for (u32 at = 0; at < data.size; at++)
			*user_pointer(&process.space, data.address + at) =
				*(u8 *)(info.initrd_start + data.file_offset + at);
	}
	check(machine_user_exec(process.user, code, top - 16) == 0);
	interrupts_seen = 0;
	status = run(&process);
	machine_user_free(process.user);
	machine_mm_free(process.space.mm);
	return status;
}

static void test_user(void)
{
	static const struct {
		u32 scene, status;
	} scenes[] = {
		{SCENE_SYSCALLS, 0},
		{SCENE_MEMORY, 0},
		{SCENE_INTERRUPTS, 0},
		{SCENE_CLOCK, 0},
		{SCENE_HANDLER, 0},
		{SCENE_FORK, 0},
		{SCENE_DIVIDE, 0x100 + MACHINE_TRAP_DIVIDE_BY_ZERO},
		{SCENE_RECURSE, 0x100 + MACHINE_TRAP_STACK_OVERFLOW},
		{SCENE_UNREACHABLE, 0x100 + MACHINE_TRAP_UNREACHABLE},
		{SCENE_NULL_FUNCTION, 0x100 + MACHINE_TRAP_NULL_FUNCTION},
		{SCENE_RETURN, 0x100 + MACHINE_TRAP_UNREACHABLE},
	};
	u32 code = load_program(), memory = next_free;

	for (u32 i = 0; i < sizeof scenes / sizeof *scenes; i++) {
		u32 status = start(code, scenes[i].scene);

		if (status != scenes[i].status) {
			print("scene ");
			print_number(scenes[i].scene);
			print(" ended with ");
			print_number(status);
			print("\n");
			machine_halt(MACHINE_HALT_PANIC, 3);
		}
		next_free = memory;
	}
	machine_code_release(code);
}

static void test_clock_and_entropy(void)
{
	u64 first = machine_clock(), noise[2] = {0, 0};

	check(machine_clock() >= first);
	check(machine_wallclock() > 1500000000000000000ull);
	machine_entropy(&noise[0], 8);
	machine_entropy(&noise[1], 8);
	check(noise[0] != noise[1]);
}

extern u8 __heap_base;

void kernel_start(void)
{
	machine_boot(MACHINE_ABI_VERSION, PAGE_SHIFT, &info);
	machine_vcpu_init(0, &cpu);
	check(info.version == MACHINE_ABI_VERSION && info.nr_vcpus == 1);
	next_free = ((u32)&__heap_base + PAGE_SIZE) & ~(PAGE_SIZE - 1);
	if (next_free < 32 * PAGE_SIZE)
		next_free = 32 * PAGE_SIZE;
	test_clock_and_entropy();
	test_interrupts();
	test_kernel_memory();
	test_contexts();
	if (info.initrd_size)
		test_user();
	print("mini kernel: all well\n");
	machine_halt(MACHINE_HALT_POWER_OFF, 0);
}
