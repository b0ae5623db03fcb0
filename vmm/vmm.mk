# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The VMM: $(OUT)/vmm/vmm.elf (VMM_ELF), one program for every VM.

VMM_ARCH := aarch64
VMM_SOURCES := $(sort $(wildcard vmm/core/*.c vmm/guest/*.c vmm/dev/*.c vmm/arch/$(VMM_ARCH)/*.c))
VMM_ELF := $(OUT)/vmm/vmm.elf

CFLAGS_vmm := -I$(LIBFDT_DIR)

# What deriving the guest's tree takes of libfdt, which is not ours to warn about. FDT_ASSUME_MASK 7 (valid tree, valid
# arguments, version 17) spares checks at each step, a third of a million instructions before the guest's first one: the
# board's tree is part of the image, from dtc, and fdt_derive checks its header and every result it goes on with.
VMM_LIBFDT := $(addprefix $(OUT)/vmm/libfdt/,fdt.o fdt_ro.o fdt_rw.o fdt_wip.o fdt_addresses.o)

$(OUT)/vmm/libfdt/%.o: $(LIBFDT_DIR)/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_CFLAGS) -w -DFDT_ASSUME_MASK=7 -I$(LIBFDT_DIR) -c -o $@ $<

VMM_OBJECTS := $(call target-objs,$(VMM_SOURCES)) $(VMM_LIBFDT)
$(VMM_OBJECTS): | $(LIBFDT_HEADERS)

$(VMM_ELF): $(VMM_OBJECTS) $(LIB_COMPONENT) $(COMPONENT_LD)
	$(link-component)

.PHONY: vmm
vmm: $(VMM_ELF)
