# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The shared compile rules. Three worlds, three output folders:
#   $(OUT)    target code, freestanding AArch64, one folder per board, GIC and build kind
#   $(HOST)   host tools
#   $(HTEST)  host tests: the same sources under ASan and UBSan
# Flags of a file: those of its world plus CFLAGS_<top folder> (target) or HOST_CFLAGS_<top folder> (host).

CROSS   ?= aarch64-linux-gnu-
TARGET_CC ?= $(CROSS)gcc
TARGET_OBJCOPY ?= $(CROSS)objcopy
HOST_CC ?= gcc

OUT   := build/$(BOARD)-gic$(GIC)-$(BUILD)
HOST  := build/host
HTEST := build/host-test

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wwrite-strings -Wno-missing-field-initializers
COMMON_CFLAGS := -std=gnu17 $(WARNINGS) -ffile-prefix-map=$(CURDIR)=. -I. -MMD -MP
TARGET_CFLAGS := $(COMMON_CFLAGS) -O2 -g -ffreestanding -nostdlib -mgeneral-regs-only -mcpu=cortex-a53 \
	-fno-stack-protector -fno-pie -no-pie -fno-common -fno-asynchronous-unwind-tables \
	-ffunction-sections -fdata-sections -mno-outline-atomics -fno-builtin-printf
TARGET_LDFLAGS := -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096
HOST_CFLAGS := $(COMMON_CFLAGS) -O2 -g
# What unit tests are built for: finding mistakes; coverage (tests/unit/coverage.mk) puts its own in place.
HTEST_INSTRUMENT := -O1 -fsanitize=address,undefined
HTEST_CFLAGS := $(COMMON_CFLAGS) -g -DHOST_TEST -fno-sanitize-recover=all -fno-omit-frame-pointer $(HTEST_INSTRUMENT)

top_folder = $(firstword $(subst /, ,$(1)))
target-objs = $(addprefix $(OUT)/,$(addsuffix .o,$(basename $(1))))
host-objs   = $(addprefix $(HOST)/,$(addsuffix .o,$(basename $(1))))
htest-objs  = $(addprefix $(HTEST)/,$(addsuffix .o,$(basename $(1))))

# Quiet by default; V=1 shows the commands.
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

$(OUT)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_CFLAGS) $(CFLAGS_$(call top_folder,$<)) -c -o $@ $<

$(OUT)/%.o: %.S
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(TARGET_CFLAGS) -D__ASSEMBLER__ $(CFLAGS_$(call top_folder,$<)) -c -o $@ $<

$(HOST)/%.o: %.c
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_CFLAGS) $(HOST_CFLAGS_$(call top_folder,$<)) -c -o $@ $<

$(HTEST)/%.o: %.c
	$(call say,TESTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HTEST_CFLAGS) $(HOST_CFLAGS_$(call top_folder,$<)) -c -o $@ $<
