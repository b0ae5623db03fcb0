# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of what the kernel's AArch64 code decides without hardware: decoded accesses, the counter's arithmetic, and
# list registers over a model of the virtual CPU interface.

UNIT_TESTS += arch_access arch_ticks arch_vgic arch_vgic_active arch_vgic_evict

UNIT_SRCS_arch_access := tests/unit/test_arch_access.c
UNIT_SRCS_arch_ticks := tests/unit/test_arch_ticks.c
ARCH_VGIC_KERNEL := $(addprefix kernel/arch/aarch64/,vgic.c vgic_kept.c vgic_state.c vgic_sgi.c)
ARCH_VGIC_SRCS := tests/unit/arch_vgic_model.c $(ARCH_VGIC_KERNEL)
UNIT_SRCS_arch_vgic := tests/unit/test_arch_vgic.c $(ARCH_VGIC_SRCS)
UNIT_SRCS_arch_vgic_active := tests/unit/test_arch_vgic_active.c $(ARCH_VGIC_SRCS)
UNIT_SRCS_arch_vgic_evict := tests/unit/test_arch_vgic_evict.c $(ARCH_VGIC_SRCS)

KERNEL_ARCH_FLAGS := -Ikernel/include -Ikernel/arch/aarch64/include $(BOARD_CFLAGS)
$(call htest-objs,$(ARCH_VGIC_KERNEL)): HOST_CFLAGS_kernel := $(KERNEL_ARCH_FLAGS)
$(call htest-objs,tests/unit/test_arch_access.c tests/unit/test_arch_ticks.c tests/unit/test_arch_vgic.c \
	tests/unit/arch_vgic_model.c tests/unit/test_arch_vgic_active.c tests/unit/test_arch_vgic_evict.c): \
	HTEST_CFLAGS += $(KERNEL_ARCH_FLAGS)
