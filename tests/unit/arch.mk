# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of what the kernel's AArch64 code decides without hardware: decoded accesses, the counter's arithmetic, and
# list registers over a model of the virtual CPU interface.

UNIT_TESTS += arch_access arch_ticks arch_vgic

UNIT_SRCS_arch_access := tests/unit/test_arch_access.c
UNIT_SRCS_arch_ticks := tests/unit/test_arch_ticks.c
ARCH_VGIC_SRCS := tests/unit/arch_vgic_model.c kernel/arch/aarch64/vgic.c kernel/arch/aarch64/vgic_sgi.c
UNIT_SRCS_arch_vgic := tests/unit/test_arch_vgic.c $(ARCH_VGIC_SRCS)

KERNEL_ARCH_FLAGS := -Ikernel/include -Ikernel/arch/aarch64/include $(BOARD_CFLAGS)
$(call htest-objs,kernel/arch/aarch64/vgic.c kernel/arch/aarch64/vgic_sgi.c): HOST_CFLAGS_kernel := $(KERNEL_ARCH_FLAGS)
$(call htest-objs,tests/unit/test_arch_access.c tests/unit/test_arch_ticks.c tests/unit/test_arch_vgic.c \
	tests/unit/arch_vgic_model.c): \
	HTEST_CFLAGS += $(KERNEL_ARCH_FLAGS)
