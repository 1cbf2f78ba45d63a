// SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note
/*
 * The kernel's own mappings. The machine doesn't read the kernel's page tables: it
 * is told of each mapping in vmalloc space as it is made and unmade. If it has not
 * been able to take one, the first access asks again.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <asm/cacheflush.h>
#include <asm/wasm.h>

static pte_t kernel_pte(unsigned long address)
{
	pmd_t *pmd = pmd_off_k(address);

	if (pmd_none(*pmd))
		return __pte(0);
	return *pte_offset_kernel(pmd, address);
}

/* How many bytes from `address` on lie in pages that follow each other in RAM. */
static unsigned long run_length(unsigned long address, unsigned long end, pte_t first)
{
	unsigned long pfn = pte_pfn(first);
	unsigned long at = address;

	for (at += PAGE_SIZE; at < end; at += PAGE_SIZE) {
		pte_t pte = kernel_pte(at);

		if (!pte_present(pte) || pte_pfn(pte) != ++pfn ||
		    pte_write(pte) != pte_write(first))
			break;
	}
	return at - address;
}

void wasm_vmap(unsigned long start, unsigned long end)
{
	unsigned long size;

	for (start &= PAGE_MASK; start < end; start += size) {
		pte_t pte = kernel_pte(start);

		size = PAGE_SIZE;
		if (!pte_present(pte))
			continue;
		size = run_length(start, end, pte);
		machine_kernel_map(start, pte_pfn(pte) << PAGE_SHIFT, size, !!pte_write(pte));
	}
}

void wasm_vunmap(unsigned long start, unsigned long end)
{
	start &= PAGE_MASK;
	end = PAGE_ALIGN(end);
	if (end > start)
		machine_kernel_unmap(start, end - start);
}

bool wasm_vmap_fault(unsigned long address, bool write)
{
	pte_t pte;

	if (address < VMALLOC_START || address >= VMALLOC_END)
		return false;
	pte = kernel_pte(address);
	if (!pte_present(pte) || (write && !pte_write(pte)))
		return false;
	return !machine_kernel_map(address & PAGE_MASK, pte_pfn(pte) << PAGE_SHIFT,
				   PAGE_SIZE, !!pte_write(pte));
}
