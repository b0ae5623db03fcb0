# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# QEMU's `virt` machine, started with virtualization=on so that an Image enters at EL2. How to run it; its memory map is
# in board.h, its device trees in gic2.dts and gic3.dts.

BOARD_CFLAGS := -Iboards/qemu-virt

# Highest interrupt number (INTID) that a component or a guest can have; board.h says the same to the kernel.
BOARD_MAX_IRQ := 159

# The machine's memory in MiB, hypervisor included.
BOARD_MEMORY ?= 1024

QEMU         ?= qemu-system-aarch64
QEMU_CPU     ?= cortex-a53
QEMU_MACHINE  = virt,gic-version=$(GIC),virtualization=on
# The machine: GIC version, CPU, memory in MiB.
board-qemu    = -M virt,gic-version=$(1),virtualization=on -cpu $(2) -m $(3) -nodefaults -no-reboot -display none
QEMU_FLAGS    = $(call board-qemu,$(GIC),$(QEMU_CPU),$(BOARD_MEMORY))
# Repeats to the byte: one instruction is one nanosecond of the machine's time.
QEMU_ICOUNT   = -icount shift=0,sleep=off -rtc base=2020-01-01,clock=vm -seed 1

# The board's device tree, as the compiler of system files and the VMM read it.
BOARD_DTS := boards/qemu-virt/gic$(GIC).dts
BOARD_DTB := $(OUT)/boards/qemu-virt.dtb

$(BOARD_DTB): $(BOARD_DTS) boards/qemu-virt/virt.dtsi
	$(call say,DTC,$<)
	@mkdir -p $(@D)
	$(Q)dtc -q -I dts -O dtb -o $@ $<

# A device whose interrupt a program can raise: a PL061, looped back on itself (bench/bench.mk).
BOARD_LOOPBACK := /pl061@9030000
