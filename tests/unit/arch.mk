# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of what the kernel's AArch64 code decides without hardware: decoded accesses, the counter's arithmetic, and
# list registers over a model of the virtual CPU interface.

UNIT_TESTS += arch_access arch_ticks arch_vgic arch_vgic_active arch_vgic_evict arch_ppi

UNIT_SRCS_arch_access := tests/unit/test_arch_access.c
UNIT_SRCS_arch_ticks := tests/unit/test_arch_ticks.c
ARCH_VGIC_KERNEL := $(addprefix kernel/arch/aarch64/,vgic.c vgic_kept.c vgic_state.c vgic_sgi.c)
ARCH_VGIC_SRCS := tests/unit/arch_vgic_model.c $(ARCH_VGIC_KERNEL)
UNIT_SRCS_arch_vgic := tests/unit/test_arch_vgic.c $(ARCH_VGIC_SRCS)
UNIT_SRCS_arch_vgic_active := tests/unit/test_arch_vgic_active.c $(ARCH_VGIC_SRCS)
UNIT_SRCS_arch_vgic_evict := tests/unit/test_arch_vgic_evict.c $(ARCH_VGIC_SRCS)
# The target's own sources again, with tests/unit/sysreg_model in the place of system registers.
ARCH_PPI_KERNEL := $(addprefix kernel/arch/aarch64/,vcpu.c vcpu_timer.c vcpu_pmu.c irq.c)
ARCH_PPI_TEST := tests/unit/test_arch_ppi.c tests/unit/arch_ppi_model.c tests/unit/sysreg_model/model.c
UNIT_SRCS_arch_ppi := $(ARCH_PPI_TEST) $(ARCH_PPI_KERNEL) $(ARCH_VGIC_SRCS)
UNIT_LIBS_arch_ppi := -no-pie # pointers in capabilities have 46 bits

KERNEL_ARCH_FLAGS := -Ikernel/include -Ikernel/arch/aarch64/include $(BOARD_CFLAGS)
$(call htest-objs,$(ARCH_VGIC_KERNEL)): HOST_CFLAGS_kernel := $(KERNEL_ARCH_FLAGS)
$(call htest-objs,tests/unit/test_arch_access.c tests/unit/test_arch_ticks.c tests/unit/test_arch_vgic.c \
	tests/unit/arch_vgic_model.c tests/unit/test_arch_vgic_active.c tests/unit/test_arch_vgic_evict.c): \
	HTEST_CFLAGS += $(KERNEL_ARCH_FLAGS)
KERNEL_SYSREG_FLAGS := -Itests/unit/sysreg_model $(KERNEL_ARCH_FLAGS)
$(call htest-objs,$(ARCH_PPI_KERNEL)): HOST_CFLAGS_kernel := $(KERNEL_SYSREG_FLAGS)
$(call htest-objs,$(ARCH_PPI_TEST)): HTEST_CFLAGS += $(KERNEL_SYSREG_FLAGS)

