// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/*
 * The kernel's access to user memory: it looks up the page in the tables, as the
 * machine would, and copies within RAM. It holds the lock of the table meanwhile,
 * so that nobody takes the page away.
 */
#include <linux/mutex.h>
#include <linux/futex.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/futex.h>
#include <asm/wasm.h>

/* A piece of a page of user memory, while its table is locked. */
struct user_piece {
	void *kernel;
	pte_t *pte;
	spinlock_t *lock;
};

/*
 * Sets the bits that an access of the program would have had the kernel set.
 * -EAGAIN: only a fault can allow this access. -EFAULT: that is no RAM.
 */
static int touch_pte(pte_t *ptep, bool write)
{
	pte_t pte = *ptep;
	pte_t new = pte_mkyoung(pte);

	if (!(pte_val(pte) & _PAGE_PRESENT))
		return -EAGAIN;
	if (write) {
		if (!pte_write(pte))
			return -EAGAIN;
		new = pte_mkdirty(new);
	}
	if (unlikely(!pfn_valid(pte_pfn(pte))))
		return -EFAULT;
	if (pte_val(new) != pte_val(pte))
		set_pte(ptep, new);
	return 0;
}

static int lock_piece(struct user_piece *piece, unsigned long address, bool write)
{
	struct mm_struct *mm = current->mm;
	pmd_t *pmd;
	int err;

	if (unlikely(!mm || address >= TASK_SIZE))
		return -EFAULT;
	pmd = pmd_off(mm, address);
	if (pmd_none(*pmd))
		return -EAGAIN;
	piece->pte = pte_offset_map_lock(mm, pmd, address, &piece->lock);
	if (!piece->pte)
		return -EAGAIN;
	err = touch_pte(piece->pte, write);
	if (err) {
		pte_unmap_unlock(piece->pte, piece->lock);
		return err;
	}
	piece->kernel = pfn_to_virt(pte_pfn(*piece->pte)) + offset_in_page(address);
	return 0;
}

static void unlock_piece(struct user_piece *piece)
{
	pte_unmap_unlock(piece->pte, piece->lock);
}

/* The page at this address, brought in if need be and allowed. */
static bool get_piece(struct user_piece *piece, unsigned long address, bool write)
{
	int err;

	while (unlikely(err = lock_piece(piece, address, write))) {
		if (err != -EAGAIN || wasm_fault_in(address, write))
			return false;
	}
	return true;
}

static unsigned long piece_size(unsigned long address, unsigned long size)
{
	return min(size, PAGE_SIZE - offset_in_page(address));
}

unsigned long raw_copy_from_user(void *to, const void __user *from, unsigned long size)
{
	unsigned long address = (unsigned long)from;

	while (size) {
		unsigned long now = piece_size(address, size);
		struct user_piece piece;

		if (!get_piece(&piece, address, false))
			break;
		memcpy(to, piece.kernel, now);
		unlock_piece(&piece);
		to += now;
		address += now;
		size -= now;
	}
	return size;
}

unsigned long raw_copy_to_user(void __user *to, const void *from, unsigned long size)
{
	unsigned long address = (unsigned long)to;

	while (size) {
		unsigned long now = piece_size(address, size);
		struct user_piece piece;

		if (!get_piece(&piece, address, true))
			break;
		memcpy(piece.kernel, from, now);
		unlock_piece(&piece);
		from += now;
		address += now;
		size -= now;
	}
	return size;
}

unsigned long __clear_user(void __user *to, unsigned long size)
{
	unsigned long address = (unsigned long)to;

	while (size) {
		unsigned long now = piece_size(address, size);
		struct user_piece piece;

		if (!get_piece(&piece, address, true))
			break;
		memset(piece.kernel, 0, now);
		unlock_piece(&piece);
		address += now;
		size -= now;
	}
	return size;
}

/* The length without the NUL, `count` if there is none before, or -EFAULT. */
long strncpy_from_user(char *to, const char __user *from, long count)
{
	unsigned long address = (unsigned long)from;
	long done = 0;

	might_fault();
	while (done < count) {
		unsigned long now = piece_size(address, count - done);
		struct user_piece piece;
		unsigned long length;

		if (!get_piece(&piece, address, false))
			return -EFAULT;
		length = strnlen(piece.kernel, now);
		/* The program may be writing the string: take what was measured. */
		memcpy(to + done, piece.kernel, length);
		unlock_piece(&piece);
		done += length;
		if (length < now) {
			to[done] = '\0';
			return done;
		}
		address += now;
	}
	return done;
}

/* The length with the NUL, more than `count` if there is none before, 0 for a fault. */
long strnlen_user(const char __user *string, long count)
{
	unsigned long address = (unsigned long)string;
	long done = 0;

	might_fault();
	while (done < count) {
		unsigned long now = piece_size(address, count - done);
		struct user_piece piece;
		unsigned long length;

		if (!get_piece(&piece, address, false))
			return 0;
		length = strnlen(piece.kernel, now);
		unlock_piece(&piece);
		done += length;
		if (length < now)
			return done + 1;
		address += now;
	}
	return count + 1;
}

int arch_futex_atomic_op_inuser(int op, u32 oparg, int *oval, u32 __user *uaddr)
{
	struct user_piece piece;
	u32 *word;
	int old, err = 0;

	if (!access_ok(uaddr, sizeof(u32)) || lock_piece(&piece, (unsigned long)uaddr, true))
		return -EFAULT;
	word = piece.kernel;
	switch (op) {
	case FUTEX_OP_SET:
		old = __atomic_exchange_n(word, oparg, __ATOMIC_SEQ_CST);
		break;
	case FUTEX_OP_ADD:
		old = __atomic_fetch_add(word, oparg, __ATOMIC_SEQ_CST);
		break;
	case FUTEX_OP_OR:
		old = __atomic_fetch_or(word, oparg, __ATOMIC_SEQ_CST);
		break;
	case FUTEX_OP_ANDN:
		old = __atomic_fetch_and(word, ~oparg, __ATOMIC_SEQ_CST);
		break;
	case FUTEX_OP_XOR:
		old = __atomic_fetch_xor(word, oparg, __ATOMIC_SEQ_CST);
		break;
	default:
		err = -ENOSYS;
	}
	unlock_piece(&piece);
	if (!err)
		*oval = old;
	return err;
}

int futex_atomic_cmpxchg_inatomic(u32 *uval, u32 __user *uaddr, u32 oldval, u32 newval)
{
	struct user_piece piece;

	if (!access_ok(uaddr, sizeof(u32)) || lock_piece(&piece, (unsigned long)uaddr, true))
		return -EFAULT;
	*uval = cmpxchg((u32 *)piece.kernel, oldval, newval);
	unlock_piece(&piece);
	return 0;
}

/* For accesses that may go wrong: is there memory at these addresses? */
bool wasm_kernel_address_ok(const void *address, size_t size)
{
	unsigned long start = (unsigned long)address;
	unsigned long end = start + size - 1;

	if (end < start)
		return false;
	if (start >= MACHINE_NULL_GUARD && end < (unsigned long)high_memory)
		return true;
	return is_vmalloc_addr(address) && vmalloc_to_page((void *)start) &&
	       vmalloc_to_page((void *)end);
}
