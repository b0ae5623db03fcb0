# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Systems: `make image SYSTEM=name` compiles systems/<name>/system.conf and packs one bootable image; `make run` starts it.
# KERNEL=, INITRD=, CMDLINE=, MEMORY= (MiB) take the place of what the file says; in a system of several VMs write
# KERNEL=vm=path. CMDLINE_APPEND= adds to the command line. IMAGE= names the image elsewhere.

SYSTEM_CONF := systems/$(SYSTEM)/system.conf
ifeq ($(wildcard $(SYSTEM_CONF)),)
$(error SYSTEM=$(SYSTEM) has no $(SYSTEM_CONF): the systems are $(notdir $(patsubst %/system.conf,%,$(wildcard systems/*/system.conf))))
endif

IMAGE ?= $(OUT)/systems/$(SYSTEM)/glacis.img
IMAGE_BASE := $(basename $(IMAGE))
TREE  ?= $(IMAGE_BASE).dtb
VMM_ELF ?= $(OUT)/vmm/vmm.elf

# The files that the system file names (each fact is stated once: there). Those under build/ and $(OUT) are made.
system-files = $(subst $$(OUT),$(OUT),$(shell sed -n 's/^[[:blank:]]*$(1)[[:blank:]]*=[[:blank:]]*"\([^"]*\)".*/\1/p' $(SYSTEM_CONF)))
override-files = $(foreach file,$(1),$(lastword $(subst =, ,$(file))))
SYSTEM_INPUTS := $(if $(KERNEL),$(wildcard $(call override-files,$(KERNEL))),$(call system-files,kernel)) \
	$(if $(INITRD),$(wildcard $(call override-files,$(INITRD))),$(call system-files,initrd))
SYSTEM_INPUTS := $(sort $(filter build/% $(OUT)/%,$(SYSTEM_INPUTS)) $(wildcard $(SYSTEM_INPUTS)))

# One option with its value quoted for the shell.
shell-option = $(1) '$(subst ','\'',$(2))'
SYSTEM_OPTIONS = --system $(SYSTEM_CONF) --board $(BOARD_DTB) --max-irq $(BOARD_MAX_IRQ) --out $(OUT) \
	$(foreach file,$(KERNEL),$(call shell-option,--kernel,$(file))) \
	$(foreach file,$(INITRD),$(call shell-option,--initrd,$(file))) \
	$(foreach size,$(MEMORY),$(call shell-option,--memory,$(size))) \
	$(if $(CMDLINE),$(call shell-option,--cmdline,$(value CMDLINE))) \
	$(if $(CMDLINE_APPEND),$(call shell-option,--cmdline-append,$(value CMDLINE_APPEND))) \
	$(if $(BENCH),$(call shell-option,--bench,$(BENCH)))
IMAGE_OPTIONS = --name $(SYSTEM) --board-memory $(BOARD_MEMORY) --vmm $(VMM_ELF) --console $(CONSOLE_ELF)

.PHONY: image run guest-tree FORCE
image: $(IMAGE)
guest-tree: $(TREE)

# Holds the options of the last run; changes only when they do.
$(IMAGE_BASE).options: FORCE
	$(shell mkdir -p $(@D))$(file >$@.new,$(SYSTEM_OPTIONS) $(IMAGE_OPTIONS))
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(IMAGE_BASE).spec $(IMAGE_BASE).modules &: $(GLACIS_SYSTEM) $(SYSTEM_CONF) $(BOARD_DTB) $(VMM_ELF) $(CONSOLE_ELF) \
		$(SYSTEM_INPUTS) $(IMAGE_BASE).options
	$(call say,SYSTEM,$(SYSTEM_CONF))
	$(Q)$(GLACIS_SYSTEM) $(SYSTEM_OPTIONS) $(IMAGE_OPTIONS) --spec $(IMAGE_BASE).spec --manifest $(IMAGE_BASE).modules

$(IMAGE): $(GLACIS_IMAGE) $(KERNEL_BIN) $(ROOT_ELF) $(IMAGE_BASE).spec $(IMAGE_BASE).modules
	$(call say,IMAGE,$@)
	$(Q)$(GLACIS_IMAGE) --kernel $(KERNEL_BIN) --root $(ROOT_ELF) --manifest $(IMAGE_BASE).modules --output $@

# The device tree that the system's guest sees, for a native run.
$(TREE): $(GUEST_DTB) $(SYSTEM_CONF) $(BOARD_DTB) $(SYSTEM_INPUTS) $(IMAGE_BASE).options
	$(call say,TREE,$@)
	$(Q)$(GUEST_DTB) $(SYSTEM_OPTIONS) --output $@

run: $(IMAGE)
	$(Q)$(QEMU) $(QEMU_FLAGS) -serial mon:stdio -kernel $(IMAGE)

# What the benchmark's runner prepares for each case: the image, and the tree for the native run.
BENCH_PREPARE = $(MAKE) --silent --no-print-directory SYSTEM=$(BENCH_SYSTEM) IMAGE=$(BENCH_IMAGE) TREE=$(BENCH_TREE) \
	CMDLINE_APPEND=glacis.case={case} BENCH=on
BENCH_PREPARE_IMAGE = $(BENCH_PREPARE) image
BENCH_PREPARE_TREE = $(BENCH_PREPARE) guest-tree
