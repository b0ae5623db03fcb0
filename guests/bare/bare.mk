# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The bare-metal guest, as a flat arm64 Image (bare.img) and as an ELF file of the same content (bare.elf).

BARE_SRCS := $(wildcard guests/bare/*.c guests/bare/*.S)
BARE_OBJS := $(call target-objs,$(BARE_SRCS))
BARE_ELF  := $(OUT)/guests/bare/bare.elf
BARE_IMG  := $(OUT)/guests/bare/bare.img

# -z separate-code is off: header, code and data stand in one loadable segment, as the flat image needs it.
$(BARE_ELF): $(BARE_OBJS) guests/bare/bare.ld
	$(call say,LD,$@)
	$(Q)$(TARGET_CC) -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,--no-warn-rwx-segments \
		-Wl,-T,guests/bare/bare.ld -o $@ $(BARE_OBJS)

$(BARE_IMG): $(BARE_ELF)
	$(call say,IMG,$@)
	$(Q)$(TARGET_OBJCOPY) -O binary $< $@

.PHONY: guest-bare
guest-bare: $(BARE_IMG) $(BARE_ELF)
