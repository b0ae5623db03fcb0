# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The root task and the services: $(OUT)/services/<name>.elf, in ROOT_ELF and CONSOLE_ELF.

ROOT_SOURCES := $(addprefix services/root/,main.c execute.c drop.c memory.c check.c report.c log.c stdout.c)
CONSOLE_SOURCES := $(addprefix services/console/,main.c mux.c)

ROOT_ELF := $(OUT)/services/root.elf
CONSOLE_ELF := $(OUT)/services/console.elf

CFLAGS_services := -I$(LIBFDT_DIR)

# What root takes of libfdt, with all its checks; it is not ours to warn about.
ROOT_LIBFDT := $(addprefix $(OUT)/services/libfdt/,fdt.o fdt_ro.o fdt_addresses.o)

$(OUT)/services/libfdt/%.o: $(LIBFDT_DIR)/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_CFLAGS) -Os -w -I$(LIBFDT_DIR) -c -o $@ $<

ROOT_OBJECTS := $(call target-objs,$(ROOT_SOURCES)) $(ROOT_LIBFDT)
$(ROOT_OBJECTS): | $(LIBFDT_HEADERS)

$(ROOT_ELF): $(ROOT_OBJECTS) $(LIB_ROOT) $(COMPONENT_LD)
	$(link-component)

$(CONSOLE_ELF): $(call target-objs,$(CONSOLE_SOURCES)) $(LIB_COMPONENT) $(COMPONENT_LD)
	$(link-component)

.PHONY: services
services: $(ROOT_ELF) $(CONSOLE_ELF)
