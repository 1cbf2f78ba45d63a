// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/* Page tables and the address spaces of the machine that read them. */
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/mmu_context.h>
#include <asm/pgalloc.h>
#include <asm/tlb.h>
#include <asm/wasm.h>

#define PTE_TABLE_SIZE	(PTRS_PER_PTE * sizeof(pte_t))
#define PGD_TABLE_SIZE	(PTRS_PER_PGD * sizeof(pgd_t))

static struct kmem_cache *pte_cache, *pgd_cache;

void __init pgtable_cache_init(void)
{
	pte_cache = kmem_cache_create("pte_table", PTE_TABLE_SIZE, PTE_TABLE_SIZE,
				      SLAB_PANIC, NULL);
	pgd_cache = kmem_cache_create("pgd_table", PGD_TABLE_SIZE, PGD_TABLE_SIZE,
				      SLAB_PANIC, NULL);
}

pgd_t *pgd_alloc(struct mm_struct *mm)
{
	return kmem_cache_zalloc(pgd_cache, GFP_KERNEL_ACCOUNT);
}

void pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	kmem_cache_free(pgd_cache, pgd);
}

pte_t *pte_alloc_one_kernel(struct mm_struct *mm)
{
	gfp_t gfp = mm == &init_mm ? GFP_KERNEL : GFP_KERNEL_ACCOUNT;

	return kmem_cache_zalloc(pte_cache, gfp);
}

void pte_free_kernel(struct mm_struct *mm, pte_t *pte)
{
	kmem_cache_free(pte_cache, pte);
}

void __tlb_remove_table(void *table)
{
	kmem_cache_free(pte_cache, table);
}

int init_new_context(struct task_struct *task, struct mm_struct *mm)
{
	int id = machine_mm_new(__pa(mm->pgd));

	mm->context.id = 0;
	mm->context.vvar = NULL;
	if (id <= 0)
		return id ? id : -ENOMEM;
	mm->context.id = id;
	return 0;
}

void destroy_context(struct mm_struct *mm)
{
	if (mm->context.id)
		machine_mm_free(mm->context.id);
	mm->context.id = 0;
}

int arch_dup_mmap(struct mm_struct *oldmm, struct mm_struct *mm)
{
	mm->context.vvar = oldmm->context.vvar;
	return machine_mm_fork(mm->context.id, oldmm->context.id);
}

void update_mmu_cache_range(struct vm_fault *vmf, struct vm_area_struct *vma,
			    unsigned long address, pte_t *ptep, unsigned int nr)
{
	if (current->mm == vma->vm_mm && pte_young(*ptep))
		machine_mm_prefill(vma->vm_mm->context.id, address & PAGE_MASK,
				   nr << PAGE_SHIFT);
}
