# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of the virtual interrupt controller and of the PL011.

UNIT_TESTS += pl011 vgic vgic_active vgic_registers

VGIC_TEST_SOURCES := tests/unit/vgic_model.c vmm/core/bus.c \
	$(addprefix vmm/arch/aarch64/,vgic.c vgic_deliver.c vgic_registers.c vgic_v2.c vgic_v3.c)
UNIT_SRCS_pl011 := tests/unit/test_pl011.c vmm/dev/pl011.c vmm/core/bus.c lib/base/ring.c
UNIT_SRCS_vgic := tests/unit/test_vgic.c $(VGIC_TEST_SOURCES)
UNIT_SRCS_vgic_active := tests/unit/test_vgic_active.c $(VGIC_TEST_SOURCES)
UNIT_SRCS_vgic_registers := tests/unit/test_vgic_registers.c $(VGIC_TEST_SOURCES)
