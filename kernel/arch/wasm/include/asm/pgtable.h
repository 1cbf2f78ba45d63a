/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_PGTABLE_H
#define _ASM_WASM_PGTABLE_H

#include <asm/machine.h>
#include <asm/page.h>

#include <asm-generic/pgtable-nopmd.h>

#ifndef __ASSEMBLY__

#include <linux/mm_types.h>

/*
 * Two levels, read by the machine: see abi/machine.h of WasmLinux. A lower table
 * is always 4 KiB.
 */
#define PGDIR_SHIFT		(PAGE_SHIFT + MACHINE_PTE_SHIFT)
#define PGDIR_SIZE		(1UL << PGDIR_SHIFT)
#define PGDIR_MASK		(~(PGDIR_SIZE - 1))

#define PTRS_PER_PTE		MACHINE_PTE_COUNT
#define PTRS_PER_PGD		(1UL << (32 - PGDIR_SHIFT))
#define USER_PTRS_PER_PGD	DIV_ROUND_UP(TASK_SIZE, PGDIR_SIZE)
#define FIRST_USER_ADDRESS	0UL

/*
 * Bits of an entry. The machine looks at the first four; while PRESENT is clear
 * it looks at none. PROTNONE is a page that is there for Linux alone.
 */
#define _PAGE_PRESENT		MACHINE_PTE_PRESENT
#define _PAGE_WRITE		MACHINE_PTE_WRITE
#define _PAGE_YOUNG		MACHINE_PTE_YOUNG
#define _PAGE_DIRTY		MACHINE_PTE_DIRTY
#define _PAGE_PROTNONE		0x010
#define _PAGE_SPECIAL		0x020
#define _PAGE_SWP_EXCLUSIVE	0x020	/* not present only */

#define _PAGE_CHG_MASK		(PAGE_MASK | _PAGE_SPECIAL | _PAGE_YOUNG | _PAGE_DIRTY)

#define PAGE_NONE		__pgprot(_PAGE_PROTNONE | _PAGE_YOUNG)
#define PAGE_READONLY		__pgprot(_PAGE_PRESENT | _PAGE_YOUNG)
#define PAGE_SHARED		__pgprot(_PAGE_PRESENT | _PAGE_YOUNG | _PAGE_WRITE)
#define PAGE_KERNEL		__pgprot(_PAGE_PRESENT | _PAGE_YOUNG | _PAGE_WRITE | _PAGE_DIRTY)
#define PAGE_KERNEL_RO		__pgprot(_PAGE_PRESENT | _PAGE_YOUNG)

extern pgd_t swapper_pg_dir[PTRS_PER_PGD];

/* The machine maps these by itself when told to: see arch/wasm/mm/vmap.c. */
#define VMALLOC_START		MACHINE_VMAP_START
#define VMALLOC_END		MACHINE_VMAP_END

#define pte_ERROR(e) \
	pr_err("%s:%d: bad pte %08lx.\n", __FILE__, __LINE__, pte_val(e))
#define pgd_ERROR(e) \
	pr_err("%s:%d: bad pgd %08lx.\n", __FILE__, __LINE__, pgd_val(e))

#define ZERO_PAGE(vaddr)	virt_to_page(empty_zero_page)
extern char empty_zero_page[PAGE_SIZE];

/* Upper level. */
static inline int pmd_none(pmd_t pmd)
{
	return !pmd_val(pmd);
}

static inline int pmd_present(pmd_t pmd)
{
	return pmd_val(pmd) & MACHINE_PTE_PRESENT;
}

static inline int pmd_bad(pmd_t pmd)
{
	return (pmd_val(pmd) & (MACHINE_PTE_COUNT * sizeof(pte_t) - 1)) != MACHINE_PTE_PRESENT;
}

static inline void set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	WRITE_ONCE(*(unsigned long *)pmdp, pmd_val(pmd));
}

static inline void pmd_clear(pmd_t *pmdp)
{
	set_pmd(pmdp, __pmd(0));
}

static inline unsigned long pmd_page_vaddr(pmd_t pmd)
{
	return pmd_val(pmd) & ~(MACHINE_PTE_COUNT * sizeof(pte_t) - 1);
}

#define pmd_pgtable(pmd)	((pgtable_t)pmd_page_vaddr(pmd))
#define pmd_pfn(pmd)		(pmd_val(pmd) >> PAGE_SHIFT)
#define pmd_page(pmd)		pfn_to_page(pmd_pfn(pmd))

/* Lower level. */
#define pte_none(pte)		(!pte_val(pte))
#define pte_present(pte)	(pte_val(pte) & (_PAGE_PRESENT | _PAGE_PROTNONE))
#define pte_write(pte)		(pte_val(pte) & _PAGE_WRITE)
#define pte_dirty(pte)		(pte_val(pte) & _PAGE_DIRTY)
#define pte_young(pte)		(pte_val(pte) & _PAGE_YOUNG)
#define pte_special(pte)	(pte_val(pte) & _PAGE_SPECIAL)

static inline void set_pte(pte_t *ptep, pte_t pte)
{
	WRITE_ONCE(ptep->pte, pte_val(pte));
}

#define __HAVE_ARCH_PTEP_TEST_AND_CLEAR_YOUNG
static inline int ptep_test_and_clear_young(struct vm_area_struct *vma,
					    unsigned long address, pte_t *ptep)
{
	if (!pte_young(*ptep))
		return 0;
	set_pte(ptep, __pte(pte_val(*ptep) & ~_PAGE_YOUNG));
	return 1;
}

#define pte_clear(mm, addr, ptep)	set_pte(ptep, __pte(0))

#define PFN_PTE_SHIFT		PAGE_SHIFT
#define pte_pfn(pte)		(pte_val(pte) >> PAGE_SHIFT)
#define pte_page(pte)		pfn_to_page(pte_pfn(pte))
#define pfn_pte(pfn, prot)	__pte(((unsigned long)(pfn) << PAGE_SHIFT) | pgprot_val(prot))
#define mk_pte(page, prot)	pfn_pte(page_to_pfn(page), prot)

static inline pte_t pte_wrprotect(pte_t pte)
{
	return __pte(pte_val(pte) & ~_PAGE_WRITE);
}

static inline pte_t pte_mkwrite_novma(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_WRITE);
}

static inline pte_t pte_mkclean(pte_t pte)
{
	return __pte(pte_val(pte) & ~_PAGE_DIRTY);
}

static inline pte_t pte_mkdirty(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_DIRTY);
}

/*
 * Generic code makes entries old to have a first touch noticed: in the child of a
 * fork and in pages brought in with a neighbour. Here each such touch is a trap
 * into the kernel, so these stay young. Aging is ptep_test_and_clear_young().
 */
static inline pte_t pte_mkold(pte_t pte)
{
	return pte;
}

static inline pte_t pte_mkyoung(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_YOUNG);
}

static inline pte_t pte_mkspecial(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_SPECIAL);
}

static inline pte_t pte_modify(pte_t pte, pgprot_t newprot)
{
	return __pte((pte_val(pte) & _PAGE_CHG_MASK) | pgprot_val(newprot));
}

/* The machine sets no bits: a page is young as soon as a program asks for it. */
#define pte_sw_mkyoung		pte_mkyoung

/*
 * Entries of pages that are swapped out:
 *   bit 0, 4 clear; bit 5 exclusive; bits 6..10 type; bits 11..31 offset
 */
#define __swp_type(x)		(((x).val >> 6) & 0x1f)
#define __swp_offset(x)		((x).val >> 11)
#define __swp_entry(type, offset) \
	((swp_entry_t) { (((type) & 0x1f) << 6) | ((unsigned long)(offset) << 11) })
#define __pte_to_swp_entry(pte)	((swp_entry_t) { pte_val(pte) })
#define __swp_entry_to_pte(x)	__pte((x).val)

static inline int pte_swp_exclusive(pte_t pte)
{
	return pte_val(pte) & _PAGE_SWP_EXCLUSIVE;
}

static inline pte_t pte_swp_mkexclusive(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_SWP_EXCLUSIVE);
}

static inline pte_t pte_swp_clear_exclusive(pte_t pte)
{
	return __pte(pte_val(pte) & ~_PAGE_SWP_EXCLUSIVE);
}

/*
 * A change that only gives rights needs no flush: the machine looks at the tables
 * again before it reports a fault. It is told of the pages that a fault brought in,
 * so that the program doesn't fault once more to have them mapped.
 */
#define flush_tlb_fix_spurious_fault(vma, address, ptep)	do { } while (0)

struct vm_fault;
void update_mmu_cache_range(struct vm_fault *vmf, struct vm_area_struct *vma,
			    unsigned long address, pte_t *ptep, unsigned int nr);
#define update_mmu_cache(vma, address, ptep) \
	update_mmu_cache_range(NULL, vma, address, ptep, 1)

#endif /* !__ASSEMBLY__ */
#endif
