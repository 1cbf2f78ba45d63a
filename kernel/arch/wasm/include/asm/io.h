/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _ASM_WASM_IO_H
#define _ASM_WASM_IO_H

#include <linux/types.h>
#include <asm/machine.h>
#include <asm/page.h>

/* Device registers are not memory: an access is a call of the machine. */
#define __raw_readb(addr)	((u8)machine_mmio_read((unsigned long)(addr), 1))
#define __raw_readw(addr)	((u16)machine_mmio_read((unsigned long)(addr), 2))
#define __raw_readl(addr)	((u32)machine_mmio_read((unsigned long)(addr), 4))
#define __raw_writeb(v, addr)	machine_mmio_write((unsigned long)(addr), 1, v)
#define __raw_writew(v, addr)	machine_mmio_write((unsigned long)(addr), 2, v)
#define __raw_writel(v, addr)	machine_mmio_write((unsigned long)(addr), 4, v)

#define ioremap ioremap
#define iounmap iounmap
/* Windows of devices are where the machine says: nothing is to be mapped. */
static inline void __iomem *ioremap(phys_addr_t addr, size_t size)
{
	return (void __iomem *)(unsigned long)addr;
}

static inline void iounmap(volatile void __iomem *addr)
{
}

/* There are no ports; not NULL, or the generic accessors warn in every file. */
#define PCI_IOBASE	((void __iomem *)MACHINE_DEVICE_END)
#define IO_SPACE_LIMIT	0

#include <asm-generic/io.h>

#endif
