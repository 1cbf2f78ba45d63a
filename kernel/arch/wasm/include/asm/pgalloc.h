/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_PGALLOC_H
#define _ASM_WASM_PGALLOC_H

#include <linux/mm.h>

pgd_t *pgd_alloc(struct mm_struct *mm);
void pgd_free(struct mm_struct *mm, pgd_t *pgd);
pte_t *pte_alloc_one_kernel(struct mm_struct *mm);
void pte_free_kernel(struct mm_struct *mm, pte_t *pte);

static inline pgtable_t pte_alloc_one(struct mm_struct *mm)
{
	return pte_alloc_one_kernel(mm);
}

static inline void pte_free(struct mm_struct *mm, pgtable_t pte)
{
	pte_free_kernel(mm, pte);
}

static inline void pmd_populate_kernel(struct mm_struct *mm, pmd_t *pmd, pte_t *pte)
{
	set_pmd(pmd, __pmd(__pa(pte) | MACHINE_PTE_PRESENT));
}

static inline void pmd_populate(struct mm_struct *mm, pmd_t *pmd, pgtable_t pte)
{
	pmd_populate_kernel(mm, pmd, pte);
}

/* The machine may be reading the table until its TLB has been flushed. */
#define __pte_free_tlb(tlb, pte, address)	tlb_remove_table(tlb, pte)

#endif
