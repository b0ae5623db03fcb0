# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Systems: `make image SYSTEM=name` compiles systems/<name>/system.conf and packs one bootable image; `make run` starts it.
# KERNEL=, INITRD=, CMDLINE=, MEMORY= (MiB), WFI= take the place of what the file says; in a system of several VMs write
# KERNEL=vm=path. CMDLINE_APPEND= adds to the command line. IMAGE= names the image elsewhere.
# `make image ROOT=file` packs the kernel and that root task alone, in the place of a system.

# From the command line only: an environment may have a ROOT of its own.
ROOT_TASK := $(if $(filter command,$(origin ROOT)),$(ROOT))
SYSTEM_SETTINGS := SYSTEM KERNEL INITRD CMDLINE CMDLINE_APPEND MEMORY BENCH WFI

ifneq ($(ROOT_TASK),)
ROOT_WITHOUT := $(strip $(foreach name,$(SYSTEM_SETTINGS),$(if $(filter command,$(origin $(name))),$(name)=)))
ifneq ($(ROOT_WITHOUT),)
$(error $(ROOT_WITHOUT) is for a system of VMs, and ROOT= starts none: leave it out (the machine has BOARD_MEMORY= MiB))
endif
ifneq ($(words $(ROOT_TASK)),1)
$(error ROOT=$(ROOT_TASK) has a blank in its path, which make cannot handle: copy or link the file elsewhere)
endif
IMAGE ?= $(OUT)/root/$(basename $(notdir $(ROOT_TASK))).img
else
SYSTEM_CONF := systems/$(SYSTEM)/system.conf
ifeq ($(wildcard $(SYSTEM_CONF)),)
$(error SYSTEM=$(SYSTEM) has no $(SYSTEM_CONF): the systems are $(notdir $(patsubst %/system.conf,%,$(wildcard systems/*/system.conf))))
endif
IMAGE ?= $(OUT)/systems/$(SYSTEM)/glacis.img
endif

IMAGE_BASE := $(basename $(IMAGE))
TREE  ?= $(IMAGE_BASE).dtb
VMM_ELF ?= $(OUT)/vmm/vmm.elf

ifeq ($(ROOT_TASK),)
# The files that the system file names (each fact is stated once: there). Those under build/ and $(OUT) are made.
system-files = $(subst $$(OUT),$(OUT),$(shell sed -n 's/^[[:blank:]]*$(1)[[:blank:]]*=[[:blank:]]*"\([^"]*\)".*/\1/p' $(SYSTEM_CONF)))
override-files = $(foreach file,$(1),$(lastword $(subst =, ,$(file))))
SYSTEM_INPUTS := $(if $(KERNEL),$(wildcard $(call override-files,$(KERNEL))),$(call system-files,kernel)) \
	$(if $(INITRD),$(wildcard $(call override-files,$(INITRD))),$(call system-files,initrd))
SYSTEM_INPUTS := $(sort $(filter build/% $(OUT)/%,$(SYSTEM_INPUTS)) $(wildcard $(SYSTEM_INPUTS)))
endif

# One option with its value quoted for the shell.
shell-option = $(1) '$(subst ','\'',$(2))'
# The board's device tree; the benchmark has one of its own.
SYSTEM_DTB ?= $(BOARD_DTB)

SYSTEM_OPTIONS = --system $(SYSTEM_CONF) --board $(SYSTEM_DTB) --max-irq $(BOARD_MAX_IRQ) --out $(OUT) \
	$(foreach file,$(KERNEL),$(call shell-option,--kernel,$(file))) \
	$(foreach file,$(INITRD),$(call shell-option,--initrd,$(file))) \
	$(foreach size,$(MEMORY),$(call shell-option,--memory,$(size))) \
	$(if $(CMDLINE),$(call shell-option,--cmdline,$(value CMDLINE))) \
	$(if $(CMDLINE_APPEND),$(call shell-option,--cmdline-append,$(value CMDLINE_APPEND))) \
	$(if $(BENCH),$(call shell-option,--bench,$(BENCH))) \
	$(foreach policy,$(WFI),$(call shell-option,--wfi,$(policy)))
IMAGE_OPTIONS = --name $(SYSTEM) --board-memory $(BOARD_MEMORY) --vmm $(VMM_ELF) --console $(CONSOLE_ELF)

# What is packed beside the kernel. Our own root tasks are made; a file that is missing is the packer's to report.
ifeq ($(ROOT_TASK),)
IMAGE_PARTS  := $(ROOT_ELF) $(IMAGE_BASE).spec $(IMAGE_BASE).modules
PACK_OPTIONS := --root $(ROOT_ELF) --manifest $(IMAGE_BASE).modules
else
IMAGE_PARTS  := $(sort $(filter $(OUT)/%,$(ROOT_TASK)) $(wildcard $(ROOT_TASK))) $(IMAGE_BASE).options
PACK_OPTIONS := $(call shell-option,--root,$(ROOT_TASK))
endif

.PHONY: image run guest-tree FORCE
image: $(IMAGE)
guest-tree: $(TREE)

# Holds the options of the last run; changes only when they do.
$(IMAGE_BASE).options: FORCE
	$(shell mkdir -p $(@D))$(file >$@.new,$(if $(ROOT_TASK),$(PACK_OPTIONS),$(SYSTEM_OPTIONS) $(IMAGE_OPTIONS)))
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(IMAGE_BASE).spec $(IMAGE_BASE).modules &: $(GLACIS_SYSTEM) $(SYSTEM_CONF) $(SYSTEM_DTB) $(VMM_ELF) $(CONSOLE_ELF) \
		$(SYSTEM_INPUTS) $(IMAGE_BASE).options
	$(call say,SYSTEM,$(SYSTEM_CONF))
	$(Q)$(GLACIS_SYSTEM) $(SYSTEM_OPTIONS) $(IMAGE_OPTIONS) --spec $(IMAGE_BASE).spec --manifest $(IMAGE_BASE).modules

$(IMAGE): $(GLACIS_IMAGE) $(KERNEL_BIN) $(IMAGE_PARTS)
	$(call say,IMAGE,$@)
	$(Q)$(GLACIS_IMAGE) --kernel $(KERNEL_BIN) $(PACK_OPTIONS) --output $@

# The device tree that the system's guest sees, for a native run.
$(TREE): $(GUEST_DTB) $(SYSTEM_CONF) $(SYSTEM_DTB) $(SYSTEM_INPUTS) $(IMAGE_BASE).options
	$(call say,TREE,$@)
	$(Q)$(GUEST_DTB) $(SYSTEM_OPTIONS) --output $@

run: $(IMAGE)
	$(Q)$(QEMU) $(QEMU_FLAGS) -serial mon:stdio -kernel $(IMAGE)

# QEMU, halted before its first instruction, under gdb: symbols of the kernel, of the root task, and of the VMM, commands of
# tools/gdb/glacis.gdb. The console is GDB_CONSOLE.log, and the socket GDB_CONSOLE.sock. GDB_OPTIONS: more for gdb.
GDB ?= gdb-multiarch
GDB_CONSOLE ?= $(IMAGE_BASE).console
GDB_SYMBOLS := $(if $(ROOT_TASK),$(ROOT_TASK),$(ROOT_ELF) $(VMM_ELF))
GDB_QEMU = $(QEMU) $(QEMU_FLAGS) -S -gdb stdio -kernel $(IMAGE) -serial chardev:console \
	-chardev socket,id=console,path=$(GDB_CONSOLE).sock,server=on,wait=off,logfile=$(GDB_CONSOLE).log

.PHONY: gdb
gdb: $(IMAGE) $(if $(ROOT_TASK),,$(GDB_SYMBOLS))
	@echo 'console: tail -f $(GDB_CONSOLE).log; to type: socat - UNIX:$(GDB_CONSOLE).sock'
	@rm -f $(GDB_CONSOLE).sock $(GDB_CONSOLE).log
	$(Q)$(GDB) -q -nx -ex 'set confirm off' $(GDB_SYMBOLS:%=-ex 'add-symbol-file %') -x tools/gdb/glacis.gdb \
		-ex 'target remote | exec $(GDB_QEMU)' $(GDB_OPTIONS) $(KERNEL_ELF)

# What the benchmark's runner prepares for each case: its kernel, the image, and the tree for the native run.
BENCH_PREPARE_KERNEL = $(MAKE) --silent --no-print-directory bench-link LINK=$(BENCH_IMAGE_FILE)
BENCH_PREPARE = $(MAKE) --silent --no-print-directory KERNEL=$(BENCH_IMAGE_FILE) SYSTEM=$(BENCH_SYSTEM) \
	SYSTEM_DTB=$(BENCH_DTB) IMAGE=$(BENCH_IMAGE) TREE=$(BENCH_TREE) CMDLINE_APPEND=glacis.case={case} BENCH=on
BENCH_PREPARE_IMAGE = $(BENCH_PREPARE) image
BENCH_PREPARE_TREE = $(BENCH_PREPARE) guest-tree

# The same for the suites of the bare-metal guest, whose files and memory are its own whatever the user's are.
BENCH_PREPARE_BARE = $(MAKE) --silent --no-print-directory SYSTEM=bare IMAGE=$(BENCH_IMAGE) TREE=$(BENCH_TREE) \
	KERNEL= INITRD= MEMORY= CMDLINE=test=micro CMDLINE_APPEND=glacis.case={case} BENCH=on
