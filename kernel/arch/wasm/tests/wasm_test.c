// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* KUnit tests of arch/wasm. */
#include <kunit/test.h>
#include <linux/hrtimer.h>
#include <linux/mman.h>
#include <linux/pgtable.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/futex.h>
#include <asm/wasm.h>

/* ---- User memory ---- */

#define USER_PAGES	3
#define USER_SIZE	(USER_PAGES * PAGE_SIZE)

static unsigned long user_memory(struct kunit *test, int prot)
{
	unsigned long address = kunit_vm_mmap(test, NULL, 0, USER_SIZE, prot,
					      MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_NE(test, address, 0);
	KUNIT_ASSERT_LT(test, address, TASK_SIZE);
	return address;
}

/* A buffer of three pages, each byte another value than its neighbours'. */
static u8 *pattern(struct kunit *test)
{
	u8 *bytes = kunit_kmalloc(test, USER_SIZE, GFP_KERNEL);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	for (i = 0; i < USER_SIZE; i++)
		bytes[i] = i * 7 + (i >> 8);
	return bytes;
}

static void user_copies_cross_pages(struct kunit *test)
{
	unsigned long user = user_memory(test, PROT_READ | PROT_WRITE);
	u8 *bytes = pattern(test), *back = kunit_kzalloc(test, USER_SIZE, GFP_KERNEL);
	size_t size = PAGE_SIZE + 100;

	KUNIT_ASSERT_NOT_NULL(test, back);
	user += PAGE_SIZE - 50;
	KUNIT_EXPECT_EQ(test, 0, copy_to_user((void __user *)user, bytes, size));
	KUNIT_EXPECT_EQ(test, 0, copy_from_user(back, (void __user *)user, size));
	KUNIT_EXPECT_MEMEQ(test, bytes, back, size);

	KUNIT_EXPECT_EQ(test, 0, clear_user((void __user *)(user + 10), size - 20));
	KUNIT_EXPECT_EQ(test, 0, copy_from_user(back, (void __user *)user, size));
	KUNIT_EXPECT_MEMEQ(test, bytes, back, 10);
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(back + 10, 0, size - 20));
	KUNIT_EXPECT_MEMEQ(test, bytes + size - 10, back + size - 10, 10);
}

static void user_copies_end_at_holes(struct kunit *test)
{
	unsigned long user = user_memory(test, PROT_READ | PROT_WRITE);
	u8 *bytes = pattern(test);

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(user + PAGE_SIZE, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, PAGE_SIZE + 8,
			copy_to_user((void __user *)(user + 8), bytes, 2 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 16, copy_from_user(bytes, (void __user *)(user + PAGE_SIZE - 8), 24));
	KUNIT_EXPECT_EQ(test, 5, clear_user((void __user *)(user + PAGE_SIZE - 3), 8));
}

static void user_rights_hold(struct kunit *test)
{
	unsigned long user = user_memory(test, PROT_READ);
	u32 word = 1;

	KUNIT_EXPECT_EQ(test, 0, get_user(word, (u32 __user *)user));
	KUNIT_EXPECT_EQ(test, 0, word);
	KUNIT_EXPECT_EQ(test, -EFAULT, put_user(word, (u32 __user *)user));
	KUNIT_EXPECT_EQ(test, 4, copy_to_user((void __user *)user, &word, 4));
	KUNIT_EXPECT_EQ(test, -EFAULT, get_user(word, (u32 __user *)TASK_SIZE));
	KUNIT_EXPECT_EQ(test, -EFAULT, get_user(word, (u32 __user *)(TASK_SIZE - 2)));
	KUNIT_EXPECT_EQ(test, -EFAULT, get_user(word, (u32 __user *)NULL));
}

/* With page faults disabled only what is there can be reached. */
static void user_pages_without_faults(struct kunit *test)
{
	unsigned long user = user_memory(test, PROT_READ | PROT_WRITE);
	u32 word = 1;

	pagefault_disable();
	KUNIT_EXPECT_EQ(test, -EFAULT, __get_user(word, (u32 __user *)user));
	pagefault_enable();
	KUNIT_EXPECT_EQ(test, 0, put_user(5, (u32 __user *)user));
	pagefault_disable();
	KUNIT_EXPECT_EQ(test, 0, __get_user(word, (u32 __user *)user));
	pagefault_enable();
	KUNIT_EXPECT_EQ(test, 5, word);
}

static void user_strings(struct kunit *test)
{
	unsigned long user = user_memory(test, PROT_READ | PROT_WRITE);
	unsigned long last = user + USER_SIZE;
	char text[32];

	/* Across a page's end. */
	KUNIT_ASSERT_EQ(test, 0, copy_to_user((void __user *)(user + PAGE_SIZE - 3), "abcdef", 7));
	KUNIT_EXPECT_EQ(test, 6, strncpy_from_user(text, (void __user *)(user + PAGE_SIZE - 3), 32));
	KUNIT_EXPECT_STREQ(test, "abcdef", text);
	KUNIT_EXPECT_EQ(test, 7, strnlen_user((void __user *)(user + PAGE_SIZE - 3), 32));

	/* Too long for the buffer. */
	KUNIT_EXPECT_EQ(test, 4, strncpy_from_user(text, (void __user *)(user + PAGE_SIZE - 3), 4));
	KUNIT_EXPECT_GT(test, strnlen_user((void __user *)(user + PAGE_SIZE - 3), 4), 4);

	/* No end before the memory's. */
	KUNIT_ASSERT_EQ(test, 0, copy_to_user((void __user *)(last - 4), "wxyz", 4));
	KUNIT_EXPECT_EQ(test, -EFAULT, strncpy_from_user(text, (void __user *)(last - 4), 32));
	KUNIT_EXPECT_EQ(test, 0, strnlen_user((void __user *)(last - 4), 32));
}

static void user_atomics(struct kunit *test)
{
	u32 __user *word = (u32 __user *)user_memory(test, PROT_READ | PROT_WRITE);
	u32 value;
	int old;

	KUNIT_ASSERT_EQ(test, 0, put_user(40, word));
	KUNIT_EXPECT_EQ(test, 0, arch_futex_atomic_op_inuser(FUTEX_OP_ADD, 2, &old, word));
	KUNIT_EXPECT_EQ(test, 40, old);
	KUNIT_EXPECT_EQ(test, 0, arch_futex_atomic_op_inuser(FUTEX_OP_ANDN, 2, &old, word));
	KUNIT_EXPECT_EQ(test, 42, old);
	KUNIT_EXPECT_EQ(test, -ENOSYS, arch_futex_atomic_op_inuser(99, 2, &old, word));
	KUNIT_EXPECT_EQ(test, 0, futex_atomic_cmpxchg_inatomic(&value, word, 40, 7));
	KUNIT_EXPECT_EQ(test, 40, value);
	KUNIT_EXPECT_EQ(test, 0, futex_atomic_cmpxchg_inatomic(&value, word, 40, 8));
	KUNIT_EXPECT_EQ(test, 7, value);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			futex_atomic_cmpxchg_inatomic(&value, (u32 __user *)TASK_SIZE, 0, 0));
}

/* ---- Page tables ---- */

static void pte_bits(struct kunit *test)
{
	pte_t pte = pfn_pte(0x123, PAGE_READONLY);

	KUNIT_EXPECT_EQ(test, 0x123, pte_pfn(pte));
	KUNIT_EXPECT_TRUE(test, pte_present(pte));
	KUNIT_EXPECT_FALSE(test, pte_write(pte));
	KUNIT_EXPECT_FALSE(test, pte_dirty(pte));

	/* The machine must not see a page that nobody may touch. */
	pte = pte_modify(pte_mkdirty(pte), PAGE_NONE);
	KUNIT_EXPECT_TRUE(test, pte_present(pte));
	KUNIT_EXPECT_FALSE(test, pte_none(pte));
	KUNIT_EXPECT_EQ(test, 0, pte_val(pte) & MACHINE_PTE_PRESENT);
	KUNIT_EXPECT_EQ(test, 0x123, pte_pfn(pte));

	pte = pte_modify(pte, PAGE_SHARED);
	KUNIT_EXPECT_TRUE(test, pte_dirty(pte));
	KUNIT_EXPECT_TRUE(test, pte_write(pte));
	KUNIT_EXPECT_NE(test, 0, pte_val(pte) & MACHINE_PTE_PRESENT);
}

static void pte_swap_entries(struct kunit *test)
{
	unsigned int type, shift;

	for (type = 0; type < 32; type++) {
		for (shift = 0; shift < 21; shift++) {
			swp_entry_t entry = __swp_entry(type, 1UL << shift);
			pte_t pte = pte_swp_mkexclusive(__swp_entry_to_pte(entry));

			KUNIT_ASSERT_FALSE(test, pte_present(pte));
			KUNIT_ASSERT_FALSE(test, pte_none(pte));
			KUNIT_ASSERT_TRUE(test, pte_swp_exclusive(pte));
			entry = __pte_to_swp_entry(pte_swp_clear_exclusive(pte));
			KUNIT_ASSERT_EQ(test, type, __swp_type(entry));
			KUNIT_ASSERT_EQ(test, 1UL << shift, __swp_offset(entry));
		}
	}
}

/* ---- The kernel's memory ---- */

static void kernel_mappings(struct kunit *test)
{
	struct page *pages[2] = { alloc_page(GFP_KERNEL), alloc_page(GFP_KERNEL) };
	u8 *mapped, byte;

	KUNIT_ASSERT_NOT_NULL(test, pages[0]);
	KUNIT_ASSERT_NOT_NULL(test, pages[1]);
	mapped = vmap(pages, 2, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mapped);

	mapped[PAGE_SIZE] = 0x5a;
	KUNIT_EXPECT_EQ(test, 0x5a, *(u8 *)page_address(pages[1]));
	*(u8 *)page_address(pages[0]) = 0xa5;
	KUNIT_EXPECT_EQ(test, 0xa5, mapped[0]);

	/* The gap behind it. */
	KUNIT_EXPECT_EQ(test, -EFAULT,
			copy_from_kernel_nofault(&byte, mapped + 2 * PAGE_SIZE, 1));
	vunmap(mapped);
	KUNIT_EXPECT_EQ(test, -EFAULT, copy_from_kernel_nofault(&byte, mapped, 1));
	__free_page(pages[0]);
	__free_page(pages[1]);
}

static void kernel_addresses_without_memory(struct kunit *test)
{
	u64 value;

	KUNIT_EXPECT_EQ(test, -EFAULT, copy_from_kernel_nofault(&value, NULL, 8));
	KUNIT_EXPECT_EQ(test, -EFAULT, copy_from_kernel_nofault(&value, (void *)~7UL, 8));
	KUNIT_EXPECT_EQ(test, -EFAULT, copy_to_kernel_nofault(high_memory, &value, 8));
	KUNIT_EXPECT_EQ(test, 0, copy_from_kernel_nofault(&value, empty_zero_page, 8));
}

/* A context's stack lies in memory of its own, with nothing below it. */
static void kernel_stacks_are_guarded(struct kunit *test)
{
	u8 *low = task_stack_page(current);
	u8 byte;

	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(low));
	KUNIT_EXPECT_EQ(test, 0, copy_from_kernel_nofault(&byte, low, 1));
	KUNIT_EXPECT_EQ(test, -EFAULT, copy_from_kernel_nofault(&byte, low - 1, 1));
}

/* ---- System calls ---- */

static u64 seen[4];

SYSCALL_DEFINE4(wasm_test, int, a, loff_t, b, short, c, u64, d)
{
	seen[0] = a;
	seen[1] = b;
	seen[2] = c;
	seen[3] = d;
	return -5;
}

/* 64-bit arguments take two words wherever they fall, the low one first. */
static void syscall_arguments(struct kunit *test)
{
	struct pt_regs regs = {
		.trap.args = { -1, 0x11111111, 0x22222222, 0x1fffe, 0x33333333, 0x44444444 },
	};

	KUNIT_EXPECT_EQ(test, -5, __wasm_sys_wasm_test(&regs));
	KUNIT_EXPECT_EQ(test, (u64)-1, seen[0]);
	KUNIT_EXPECT_EQ(test, 0x2222222211111111ULL, seen[1]);
	KUNIT_EXPECT_EQ(test, (u64)-2, seen[2]);
	KUNIT_EXPECT_EQ(test, 0x4444444433333333ULL, seen[3]);
}

/* ---- Interrupts ---- */

static int fired;

static enum hrtimer_restart timer_fires(struct hrtimer *timer)
{
	fired++;
	return HRTIMER_NORESTART;
}

static void spin_ms(unsigned int ms)
{
	u64 end = machine_clock() + ms * NSEC_PER_MSEC;

	while (machine_clock() < end)
		barrier();
}

static void interrupts_wait_and_hit(struct kunit *test)
{
	struct hrtimer timer;
	unsigned long flags, i;
	u64 end;

	hrtimer_init_on_stack(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = timer_fires;

	/* Not while they are disabled, and at once when they are enabled. */
	fired = 0;
	local_irq_save(flags);
	KUNIT_EXPECT_TRUE(test, irqs_disabled());
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	spin_ms(5);
	KUNIT_EXPECT_EQ(test, 0, fired);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, 1, READ_ONCE(fired));

	/* In the middle of code that looks at nothing. */
	fired = 0;
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	end = machine_clock() + 2 * NSEC_PER_SEC;
	while (!READ_ONCE(fired) && machine_clock() < end) {
		for (i = 0; i < 1000000; i++)
			barrier();
	}
	KUNIT_EXPECT_EQ(test, 1, READ_ONCE(fired));
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
}

/* ---- Arithmetic that clang leaves to us ---- */

typedef int wide __attribute__((mode(TI)));
wide __multi3(wide a, wide b);

static void wide_products(struct kunit *test)
{
	u64 values[] = { 0, 1, 3, 0xffffffff, 0x100000001, 0x123456789abcdef0, ~0ULL };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			unsigned __int128 product = __multi3(values[i], values[j]);

			KUNIT_EXPECT_EQ(test, values[i] * values[j], (u64)product);
			KUNIT_EXPECT_EQ(test, mul_u64_u64_shr(values[i], values[j], 64),
					(u64)(product >> 64));
		}
	}
}

static struct kunit_case wasm_cases[] = {
	KUNIT_CASE(user_copies_cross_pages),
	KUNIT_CASE(user_copies_end_at_holes),
	KUNIT_CASE(user_rights_hold),
	KUNIT_CASE(user_pages_without_faults),
	KUNIT_CASE(user_strings),
	KUNIT_CASE(user_atomics),
	KUNIT_CASE(pte_bits),
	KUNIT_CASE(pte_swap_entries),
	KUNIT_CASE(kernel_mappings),
	KUNIT_CASE(kernel_addresses_without_memory),
	KUNIT_CASE(kernel_stacks_are_guarded),
	KUNIT_CASE(syscall_arguments),
	KUNIT_CASE(interrupts_wait_and_hit),
	KUNIT_CASE(wide_products),
	{}
};

static struct kunit_suite wasm_suite = {
	.name = "wasm",
	.test_cases = wasm_cases,
};
kunit_test_suite(wasm_suite);

MODULE_LICENSE("GPL");
