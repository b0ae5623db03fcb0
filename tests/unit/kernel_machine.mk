# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of the kernel's boot parser and of its TLB, VMID and cache sequences. The latter are the target's own sources
# with tests/unit/mmu_model in the place of the instructions.

UNIT_TESTS += boot_fdt mmu_sequences cache

UNIT_SRCS_boot_fdt := tests/unit/test_boot_fdt.c kernel/core/fdt.c
UNIT_LIBS_boot_fdt := -lfdt
UNIT_SRCS_mmu_sequences := tests/unit/test_mmu_sequences.c tests/unit/mmu_model/model.c \
	$(addprefix kernel/arch/aarch64/,mmu.c stage2.c)
UNIT_SRCS_cache := tests/unit/test_cache.c tests/unit/mmu_model/model.c kernel/arch/aarch64/cache.c

KERNEL_MODEL_FLAGS := -Itests/unit/mmu_model -Ikernel/include -Ikernel/arch/aarch64/include
$(call htest-objs,$(addprefix kernel/arch/aarch64/,mmu.c stage2.c cache.c) kernel/core/fdt.c): \
	HOST_CFLAGS_kernel := $(KERNEL_MODEL_FLAGS)
$(call htest-objs,tests/unit/test_boot_fdt.c tests/unit/test_mmu_sequences.c tests/unit/test_cache.c \
	tests/unit/mmu_model/model.c): HTEST_CFLAGS += $(KERNEL_MODEL_FLAGS)
