/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Glacis developers */
/*
 * The kernel's virtual addresses (EL2 stage 1: 42 bits, 4 KiB granule) and its translation registers. For
 * assembly too.
 *
 *   0            identity mapping of the first page of the image, until the kernel runs at its own addresses
 *   2^40         the kernel image
 *   2^41         the window: physical address p, if it is RAM, is at WINDOW_BASE + p
 *   2^41 + 2^40  devices: physical address p, if the kernel uses that device, is at DEVICE_BASE + p
 *
 * Invariant: every kernel pointer is below 2^46, as capabilities hold 46 bits of it.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define PHYSICAL_BITS 40 /* VTCR_EL2.PS and TCR_EL2.PS = 2 on every CPU */
#define VIRTUAL_BITS  42

#define KERNEL_BASE 0x10000000000
#define WINDOW_BASE 0x20000000000
#define DEVICE_BASE 0x30000000000

/*
 * VMSAv8-64 stage 1 descriptors of the EL2 translation regime (Arm ARM D8, "VMSAv8-64 descriptor formats"):
 * AttrIndx[4:2], AP[2:1] = bits [7:6] (AP[1] is RES1 with one exception level), SH[9:8], AF[10], XN[54].
 */
#define PTE_TABLE  0x3
#define PTE_PAGE   0x3
#define PTE_BLOCK  0x1
#define PTE_NORMAL (1 << 2)
#define PTE_DEVICE (0 << 2)
#define PTE_AP1    (1 << 6)
#define PTE_RO     (1 << 7)
#define PTE_SHARED (3 << 8)
#define PTE_AF     (1 << 10)
#define PTE_XN     0x40000000000000

#define PTE_KERNEL      (PTE_NORMAL | PTE_AP1 | PTE_SHARED | PTE_AF)
#define PTE_TEXT        (PTE_KERNEL | PTE_RO)
#define PTE_RODATA      (PTE_KERNEL | PTE_RO | PTE_XN)
#define PTE_DATA        (PTE_KERNEL | PTE_XN)
#define PTE_DEVICE_DATA (PTE_DEVICE | PTE_AP1 | PTE_AF | PTE_XN)

/* MAIR_EL2: attribute 0 Device-nGnRnE, attribute 1 Normal, write-back, read and write allocate. */
#define MAIR_EL2_VALUE 0xff00

#endif
