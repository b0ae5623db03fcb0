# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The kernel: $(OUT)/kernel/kernel.elf (symbols) and $(OUT)/kernel/kernel.bin, the flat binary with which every image
# begins (an arm64 Image by itself). One interrupt controller and one UART driver are compiled in.

ARCH := aarch64

KERNEL_SRCS := $(sort $(wildcard kernel/core/*.c kernel/object/*.c kernel/arch/$(ARCH)/*.c kernel/arch/$(ARCH)/*.S)) \
	kernel/drivers/gic_v$(GIC).c kernel/drivers/pl011.c
KERNEL_LDS  := kernel/arch/$(ARCH)/kernel.ld
KERNEL_ELF  := $(OUT)/kernel/kernel.elf
KERNEL_BIN  := $(OUT)/kernel/kernel.bin
KERNEL_BOOT_OBJ := $(OUT)/kernel/boot.o

# The kernel is small before it is fast: -Os, without passes that cost more than they give at that, addresses by one
# instruction (the image is smaller than 1 MiB: kernel.ld), and optimised as a whole. The short ways and the scheduler are
# compiled for speed. (The -O2 of TARGET_CFLAGS comes first; the last one counts.)
KERNEL_LTO := -flto -flto-partition=one -fomit-frame-pointer -mcmodel=tiny
KERNEL_OPTIMISE := -Os -fno-shrink-wrap -fno-move-loop-invariants -fno-expensive-optimizations $(KERNEL_LTO)
KERNEL_FAST := $(addprefix kernel/,core/fastpath.c core/sched.c arch/$(ARCH)/exit.c)
$(call target-objs,$(KERNEL_FAST)): KERNEL_OPTIMISE := -O2 $(KERNEL_LTO) -fno-align-functions -fno-align-loops \
	-fno-align-jumps -fno-align-labels

KERNEL_INCLUDES := -Ikernel/include -Ikernel/arch/$(ARCH)/include -I$(LIBFDT_DIR)
CFLAGS_kernel = $(KERNEL_OPTIMISE) $(KERNEL_INCLUDES) $(BOARD_CFLAGS) -DCONFIG_GIC=$(GIC) -DGLACIS_VERSION='"$(VERSION)"' \
	-DGLACIS_BUILD='"$(BUILD)"' $(if $(filter debug,$(BUILD)),-DCONFIG_DEBUG)

# The boot parser's libfdt: reading and packing only, small, for today's version of the format (ASSUME_LATEST, 4). Its own
# folder, because other programs of the target compile the same sources with other flags. libfdt is not ours to warn about.
KERNEL_LIBFDT := $(addprefix $(OUT)/kernel/libfdt/,fdt.o fdt_ro.o fdt_rw.o fdt_check.o fdt_addresses.o)

$(OUT)/kernel/libfdt/%.o: $(LIBFDT_DIR)/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_CFLAGS) $(KERNEL_OPTIMISE) -w -I$(LIBFDT_DIR) -DFDT_ASSUME_MASK=4 -c -o $@ $<

# Assembly goes to .S.o, because trap.S and trap.c stand side by side.
$(OUT)/kernel/%.S.o: kernel/%.S
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_CFLAGS) -D__ASSEMBLER__ $(CFLAGS_kernel) -c -o $@ $<

# memcpy and friends, which the compiler and libfdt call, are those of lib/base.
KERNEL_OBJS := $(call target-objs,$(filter %.c,$(KERNEL_SRCS)) lib/base/string.c) $(KERNEL_LIBFDT) \
	$(patsubst %.S,$(OUT)/%.S.o,$(filter %.S,$(KERNEL_SRCS)))
# What runs only before the root task does is one object, optimised by itself: kernel.ld gives its memory back.
KERNEL_BOOT := $(call target-objs,kernel/core/boot.c kernel/core/fdt.c kernel/arch/$(ARCH)/boot.c) $(KERNEL_LIBFDT)
$(KERNEL_BOOT_OBJ): $(KERNEL_BOOT)
	$(call say,LD,$@)
	$(Q)$(TARGET_CC) $(TARGET_CFLAGS) $(KERNEL_OPTIMISE) -fwhole-program -r -flinker-output=exec -o $@ $^

KERNEL_LINKED := $(filter-out $(KERNEL_BOOT),$(KERNEL_OBJS)) $(KERNEL_BOOT_OBJ)
$(KERNEL_OBJS): kernel/kernel.mk | $(LIBFDT_HEADERS)

$(KERNEL_ELF): $(KERNEL_LINKED) $(KERNEL_LDS)
	$(call say,LD,$@)
	$(Q)$(TARGET_CC) $(TARGET_CFLAGS) $(KERNEL_OPTIMISE) $(TARGET_LDFLAGS) -Wl,-T,$(KERNEL_LDS) -o $@ $(KERNEL_LINKED)

$(KERNEL_BIN): $(KERNEL_ELF)
	$(call say,OBJCOPY,$@)
	$(Q)$(TARGET_OBJCOPY) -O binary $< $@

.PHONY: kernel check-kernel-size
kernel: $(KERNEL_BIN)

# Prints the size of the kernel's text: what runs as long as the machine does, and what goes when it has booted. More than
# 64 KiB of the first is an error.
KERNEL_TEXT_MAX := 65536
check-kernel-size: $(KERNEL_ELF)
	$(Q)size() { echo $$((0x$$($(CROSS)nm $< | awk -v name=$$1 '$$3 == name { print $$1 }'))); }; \
	echo "kernel text: $$(size text_size) of $(KERNEL_TEXT_MAX) bytes, and $$(size boot_text_size) that only boot"; \
	test $$(size text_size) -le $(KERNEL_TEXT_MAX) || { echo "kernel text is larger than 64 KiB: \
	see which functions grew (nm --size-sort $<)" >&2; exit 1; }
