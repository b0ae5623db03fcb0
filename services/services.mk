# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The root task and the services: $(OUT)/services/<name>.elf, in ROOT_ELF and CONSOLE_ELF.

ROOT_SOURCES := $(addprefix services/root/,main.c execute.c drop.c memory.c check.c report.c log.c)
CONSOLE_SOURCES := $(addprefix services/console/,main.c mux.c)

ROOT_ELF := $(OUT)/services/root.elf
CONSOLE_ELF := $(OUT)/services/console.elf

$(ROOT_ELF): $(call target-objs,$(ROOT_SOURCES)) $(LIB_ROOT) $(COMPONENT_LD)
	$(link-component)

$(CONSOLE_ELF): $(call target-objs,$(CONSOLE_SOURCES)) $(LIB_COMPONENT) $(COMPONENT_LD)
	$(link-component)

.PHONY: services
services: $(ROOT_ELF) $(CONSOLE_ELF)
