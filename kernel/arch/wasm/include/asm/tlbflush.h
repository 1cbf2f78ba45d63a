/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_TLBFLUSH_H
#define _ASM_WASM_TLBFLUSH_H

#include <linux/mm_types.h>
#include <asm/machine.h>
#include <asm/page.h>

static inline void flush_tlb_mm(struct mm_struct *mm)
{
	if (mm->context.id)
		machine_mm_flush(mm->context.id, 0, 0);
}

static inline void flush_tlb_range(struct vm_area_struct *vma, unsigned long start,
				   unsigned long end)
{
	if (end > start && vma->vm_mm->context.id)
		machine_mm_flush(vma->vm_mm->context.id, start, end - start);
}

static inline void flush_tlb_page(struct vm_area_struct *vma, unsigned long address)
{
	flush_tlb_range(vma, address & PAGE_MASK, (address & PAGE_MASK) + PAGE_SIZE);
}

static inline void flush_tlb_all(void)
{
}

/* flush_cache_vunmap() has unmapped exactly what went away. */
static inline void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
}

#endif
