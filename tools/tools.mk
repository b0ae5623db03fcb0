# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Host tools: glacis-system (system file to specification), glacis-image (packer), guest-dtb (a guest's device tree),
# glacis-manual (the manual of the kernel's interface, from abi/).

GLACIS_SYSTEM := $(HOST)/bin/glacis-system
GLACIS_IMAGE  := $(HOST)/bin/glacis-image
GUEST_DTB     := $(HOST)/bin/guest-dtb
GLACIS_MANUAL := $(HOST)/bin/glacis-manual

TOOLS_COMMON_SOURCES := $(addprefix tools/image/,bytes.c report.c)
# Reading system file and board, with the VMM's own checks of a guest's files.
TOOLS_SYSTEM_SOURCES := $(TOOLS_COMMON_SOURCES) \
	$(addprefix tools/image/,lex.c parse.c settings.c board.c guest_file.c vm_config.c) \
	$(addprefix vmm/guest/,image.c elf.c place.c)
TOOLS_COMPILE_SOURCES := $(TOOLS_SYSTEM_SOURCES) $(addprefix tools/image/,spec_builder.c component.c compile.c)
TOOLS_PACK_SOURCES := $(TOOLS_COMMON_SOURCES) $(addprefix tools/image/,pack.c root_elf.c)

$(GLACIS_SYSTEM): $(call host-objs,$(TOOLS_COMPILE_SOURCES) $(addprefix tools/image/,options.c arguments.c main_system.c))
$(GLACIS_IMAGE): $(call host-objs,$(TOOLS_PACK_SOURCES) $(addprefix tools/image/,options.c main_image.c))
$(GUEST_DTB): $(call host-objs,$(TOOLS_SYSTEM_SOURCES) $(addprefix vmm/guest/,fdt.c fdt_prune.c) \
	$(addprefix tools/image/,options.c arguments.c main_guest_dtb.c))

TOOLS_MANUAL_SOURCES := $(TOOLS_COMMON_SOURCES) $(addprefix tools/manual/,table.c check.c text.c object.c lists.c)
$(GLACIS_MANUAL): $(call host-objs,$(TOOLS_MANUAL_SOURCES) tools/manual/main_manual.c)

$(GLACIS_SYSTEM) $(GLACIS_IMAGE) $(GUEST_DTB) $(GLACIS_MANUAL):
	$(call say,HOSTLD,$@)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -o $@ $^ -lelf -lfdt

.PHONY: tools manual
tools: $(GLACIS_SYSTEM) $(GLACIS_IMAGE) $(GUEST_DTB) $(GLACIS_MANUAL)

# $(call manual-write,directory)
manual-write = rm -rf $(1) && mkdir -p $(1) && $(GLACIS_MANUAL) $(1)

# docs/manual, which is kept with the sources.
manual: $(GLACIS_MANUAL)
	$(call say,MANUAL,docs/manual)
	$(Q)$(call manual-write,$(HOST)/manual) && rm -rf docs/manual && cp -r $(HOST)/manual docs/manual
