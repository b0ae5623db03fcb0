# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of the VMM's core, guest loaders and exits.

UNIT_TESTS += vmm_bus vmm_vm vmm_bench vmm_image vmm_fdt vmm_psci vmm_exit

UNIT_SRCS_vmm_bus := tests/unit/test_vmm_bus.c vmm/core/bus.c vmm/core/memory.c
UNIT_SRCS_vmm_vm := tests/unit/test_vmm_vm.c $(addprefix vmm/core/,vm.c run.c bus.c memory.c bench.c) lib/base/format.c \
	lib/base/ring.c
UNIT_SRCS_vmm_bench := tests/unit/test_vmm_bench.c vmm/core/bench.c lib/base/format.c
UNIT_SRCS_vmm_image := tests/unit/test_vmm_image.c $(addprefix vmm/guest/,image.c elf.c place.c)
UNIT_SRCS_vmm_fdt := tests/unit/test_vmm_fdt.c $(addprefix vmm/guest/,fdt.c fdt_prune.c)
UNIT_LIBS_vmm_fdt := -lfdt
UNIT_SRCS_vmm_psci := tests/unit/test_vmm_psci.c vmm/arch/aarch64/psci.c
UNIT_SRCS_vmm_exit := tests/unit/test_vmm_exit.c vmm/core/memory.c \
	$(addprefix vmm/arch/aarch64/,exit.c emulate.c decode.c translate.c exception.c psci.c)
