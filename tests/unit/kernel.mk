# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of the neutral kernel, which runs on kernel/arch/host as root's system calls drive it.

KERNEL_WORLD := $(filter-out kernel/core/fdt.c,$(sort $(wildcard kernel/core/*.c kernel/object/*.c kernel/arch/host/*.c))) \
	tests/unit/kernel/world.c
KERNEL_WORLD_TESTS := $(patsubst tests/unit/kernel/test_%.c,%,$(sort $(wildcard tests/unit/kernel/test_*.c)))
KERNEL_WORLD_FLAGS := -Ikernel/include -Ikernel/arch/host/include -DCONFIG_DEBUG

UNIT_TESTS += $(addprefix kernel_,$(KERNEL_WORLD_TESTS))
$(foreach test,$(KERNEL_WORLD_TESTS),$(eval UNIT_SRCS_kernel_$(test) := tests/unit/kernel/test_$(test).c $(KERNEL_WORLD)))

$(call htest-objs,$(KERNEL_WORLD) $(KERNEL_WORLD_TESTS:%=tests/unit/kernel/test_%.c)): \
	HTEST_CFLAGS += $(KERNEL_WORLD_FLAGS)
