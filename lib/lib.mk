# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# What components link: LIB_BASE (freestanding helpers), LIB_COMPONENT (with it: entry and panic of a component),
# LIB_ROOT (the same for a root task). A component is linked by
#     $(OUT)/x/x.elf: $(call target-objs,$(X_SOURCES)) $(LIB_COMPONENT) $(COMPONENT_LD)
#     	$(link-component)

LIB_BASE := $(call target-objs,lib/base/string.c lib/base/format.c lib/base/ring.c)
LIB_RT := $(call target-objs,lib/rt/panic.c)
LIB_COMPONENT := $(call target-objs,lib/rt/arch/aarch64/crt0.S) $(LIB_RT) $(LIB_BASE)
LIB_ROOT := $(call target-objs,lib/rt/arch/aarch64/crt0_root.S) $(LIB_RT) $(LIB_BASE)
COMPONENT_LD := lib/rt/component.ld

# The loops of memcpy and memset must not become calls of memcpy and memset.
$(OUT)/lib/base/string.o: CFLAGS_lib += -fno-tree-loop-distribute-patterns

define link-component
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_LDFLAGS) -T $(COMPONENT_LD) -o $@ $(filter %.o,$^)
endef
