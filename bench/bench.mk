# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The benchmark: `make bench [CASES="..."] [QUICK=1] [CHECK=1]`. bench/suite runs in the guest, bench/runner on this machine,
# bench/report (report.mk) makes the report of the results.


BENCH_DIR    := build/bench
BENCH_SYSTEM ?= bench
# Boots of each side for each case, each with seeds of its own.
BENCH_BOOTS  ?= $(if $(filter 1,$(QUICK)),1,5)
# The number of the first boot's seeds (0: those of the board's tree), and of the order of the boots (0: the sides take
# turns; any other: random). A board's speed depends on what it did before: there the order is random.
BENCH_SEED   ?= 0
BENCH_ORDER  ?= 0
# Machines at a time: 2 are a native boot and its guest's. An emulator that counts instructions gives the same figures; a board
# boots one after the other.
BENCH_JOBS   ?= 2
# Seconds of wall time for a boot (2 to 4 are normal).
BENCH_LIMIT  ?= 120

BENCH_RUNNER := $(HOST)/bin/bench-runner
BENCH_RUNNER_SOURCES := $(addprefix bench/runner/,boots.c budgets.c cases.c config.c console.c files.c interference.c invalid.c machine.c main.c peers.c results.c runner.c \
	samples.c seeds.c statistics.c tree.c)
BENCH_RUNNER_LIBS := -ljansson -lfdt -lgsl -lgslcblas -lm

# As the guest's programs (guests/linux/linux.mk), so that unit tests see the same checksums on any host.
HOST_CFLAGS_bench := -ffp-contract=off

$(BENCH_RUNNER): $(call host-objs,$(BENCH_RUNNER_SOURCES))
	$(call say,HOSTLD,$@)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -o $@ $^ $(BENCH_RUNNER_LIBS)

# The guest's files, as in systems/systems.mk: the user's own, or ours.
BENCH_KERNEL = $(lastword $(LINUX_IMAGE) $(subst =, ,$(KERNEL)))
BENCH_KERNEL_RT = $(lastword $(LINUX_IMAGE_RT) $(subst =, ,$(KERNEL)))
BENCH_INITRD = $(lastword $(LINUX_INITRD) $(subst =, ,$(INITRD)))

BENCH_KERNEL_NAME = $(if $(KERNEL),$(notdir $(BENCH_KERNEL)),$(patsubst vmlinuz-%,%,$(notdir \
	$(shell echo $(LINUX_DIR)/packages/boot/vmlinuz-*[0-9]-arm64))))

# The two commands. The counter at 1 GHz counts instructions one by one.
BENCH_CPU = $(QEMU_CPU),cntfrq=1000000000
bench-machine = $(QEMU) $(call board-qemu,$(GIC),$(BENCH_CPU),$(1)) $(QEMU_ICOUNT) -serial stdio
bench-load = -device loader,file=$(1),addr=$(2),force-raw=on
BENCH_NATIVE = $(call bench-machine,{memory_mib}) $(call bench-load,$(BENCH_IMAGE_FILE),{kernel_address}) \
	$(call bench-load,$(BENCH_INITRD),{initrd_address}) $(call bench-load,$(BENCH_BOOT_TREE),{tree_address}) \
	$(call bench-load,$(BENCH_DIR)/start.bin,{start_address}),cpu-num=0
BENCH_VIRT = $(call bench-machine,$(BOARD_MEMORY)) -kernel $(BENCH_BOOT_IMAGE)
BENCH_TREE  := $(BENCH_DIR)/{case}.dtb
# With the seeds of a boot, written by the runner.
BENCH_BOOT_TREE  := $(BENCH_DIR)/boot-tree.dtb
BENCH_BOOT_IMAGE := $(BENCH_DIR)/boot-image.img
# A case that is called rt runs on Debian's -rt kernel, every other one on the standard kernel; the user's own takes the
# place of both.
BENCH_IMAGE_FILE := $(BENCH_DIR)/{case}.kernel
BENCH_DTB   := $(OUT)/bench/board.dtb
# One for all cases, packed anew for each: sixty would fill a small disk.
BENCH_IMAGE := $(BENCH_DIR)/case.image

include bench/peers/peers.mk

# The bare-metal guest that measures itself (suites micro and tick).
BENCH_BARE_NATIVE = $(call bench-machine,{memory_mib}) $(call bench-load,$(BARE_IMG),{kernel_address}) \
	$(call bench-load,$(BENCH_BOOT_TREE),{tree_address}) \
	$(call bench-load,$(BENCH_DIR)/start.bin,{start_address}),cpu-num=0

# What repeats the run: the variables of the command line that are of the benchmark. Quotes are the file's.
BENCH_VARIABLES := CASES QUICK BENCH_BOOTS BENCH_SEED BENCH_ORDER BENCH_SYSTEM BENCH_LIMIT BENCH_SLICES BOARD GIC QEMU_CPU \
	BOARD_MEMORY MEMORY KERNEL INITRD CMDLINE CMDLINE_APPEND PEERS PEER_BOOTS
BENCH_REPEAT = make bench$(foreach name,$(BENCH_VARIABLES),$(if $(filter command,$(origin \
	$(name))), $(name)='$(subst ",\",$(subst \,\\,$(value $(name))))'))
BENCH_FOOTPRINT := $(BENCH_DIR)/footprint.json

define BENCH_BARE_CONFIG
{
    "kernel": "guests/bare",
    "kernel_file": "$(BARE_IMG)",
    "kernel_sha256": "$(firstword $(shell sha256sum $(BARE_IMG)))",
    "initrd_sha256": "",
    "prepare": ["$(strip $(BENCH_PREPARE_BARE)) image", "$(strip $(BENCH_PREPARE_BARE)) guest-tree"],
    "native": "$(strip $(BENCH_BARE_NATIVE))",
    "peers": [$(call peers-config,$(BARE_IMG),)]
  }
endef

# Two VMs on one core (suite interference). A boot's description is the system's, with slice and neighbour written in.
BENCH_SLICES ?= $(if $(filter 1,$(QUICK)),2000,1000 2000 5000 10000)
BENCH_PAIR_CONF := $(BENCH_DIR)/{case}.conf
BENCH_PREPARE_PAIR = $(MAKE) --silent --no-print-directory SYSTEM=interference SYSTEM_CONF=$(BENCH_PAIR_CONF) \
	IMAGE=$(BENCH_IMAGE) KERNEL= INITRD= MEMORY= CMDLINE= CMDLINE_APPEND= BENCH= WFI=
empty :=
BENCH_SLICES_LIST = $(subst $(empty) $(empty),$(comma),$(strip $(BENCH_SLICES)))

define BENCH_PAIR_CONFIG
{
    "kernel": "guests/bare",
    "kernel_file": "$(BARE_IMG)",
    "kernel_sha256": "$(firstword $(shell sha256sum $(BARE_IMG)))",
    "initrd_sha256": "",
    "slices_us": [$(BENCH_SLICES_LIST)],
    "prepare": ["$(MAKE) --silent --no-print-directory bench-pair PAIR={case}", "$(strip $(BENCH_PREPARE_PAIR)) image"],
    "virt": "$(strip $(call bench-machine,$(BOARD_MEMORY)) -kernel $(BENCH_IMAGE))"
  }
endef

define BENCH_CONFIG
{
  "version": "$(VERSION)",
  "commit": "$(shell git describe --always --abbrev=40 --dirty --exclude='*' 2>/dev/null || echo unknown)",
  "board": "$(BOARD)",
  "emulator": "$(shell $(QEMU) --version | sed -n '1s/.*version \([0-9.]*\).*/QEMU \1/p')",
  "cpu": "$(QEMU_CPU)",
  "gic": $(GIC),
  "unit": "ticks_1ghz_icount",
  "kernel": "$(BENCH_KERNEL_NAME)",
  "kernel_file": "$(BENCH_IMAGE_FILE)",
  "kernel_sha256": "$(firstword $(shell sha256sum $(BENCH_KERNEL)))",
  "initrd_sha256": "$(firstword $(shell sha256sum $(BENCH_INITRD)))",
  "tree": "$(BENCH_TREE)",
  "boot_tree": "$(BENCH_BOOT_TREE)",
  "image": "$(BENCH_IMAGE)",
  "boot_image": "$(BENCH_BOOT_IMAGE)",
  "board_tree": "$(BENCH_DTB)",
  "start": "$(BENCH_DIR)/start.bin",
  "prepare": ["$(strip $(BENCH_PREPARE_KERNEL))", "$(strip $(BENCH_PREPARE_IMAGE))", "$(strip $(BENCH_PREPARE_TREE))"],
  "native": "$(strip $(BENCH_NATIVE))",
  "virt": "$(strip $(BENCH_VIRT))",
  "peers": [$(call peers-config,$(BENCH_IMAGE_FILE),$(BENCH_INITRD))],
  "boots": $(BENCH_BOOTS),
  "first_seed": $(BENCH_SEED),
  "order_seed": $(BENCH_ORDER),
  "jobs": $(BENCH_JOBS),
  "peer_boots": $(PEER_BOOTS),
  "board_memory_mib": $(BOARD_MEMORY),
  "footprint": "$(BENCH_FOOTPRINT)",
  "repeat": "$(strip $(BENCH_REPEAT))",
  "verbose": $(if $(filter 1,$(VERBOSE)),true,false),
  "time_limit": $(BENCH_LIMIT),
  "results": "$(BENCH_DIR)/results.json",
  "check": $(if $(filter 1,$(CHECK)),true,false),
  "suites": {
  "micro": $(BENCH_BARE_CONFIG),
  "tick": $(BENCH_BARE_CONFIG),
  "interference": $(BENCH_PAIR_CONFIG)
  },
  "limits": "The emulator counts instructions; it models no caches, TLBs, page walks or pipeline: time on a board will differ."
}
endef

$(BENCH_DIR):
	@mkdir -p $@

# Written anew each time, as the variables may be others; the files that it names must be there.
.PHONY: bench-config
bench-config: $(LINUX_IMAGE) $(LINUX_IMAGE_RT) $(LINUX_INITRD) $(BARE_IMG) $(PEERS_NEED) | $(BENCH_DIR)
	$(file >$(BENCH_DIR)/config.json,$(BENCH_CONFIG))
	@:

# The board's tree, in which the loopback device has another name in front: no driver of Linux takes it but ours. Both sides
# see the tree that is derived from this one.
BENCH_LOOPBACK := glacis,irq-latency arm,pl061
$(BENCH_DTB): $(BOARD_DTB)
	@mkdir -p $(@D)
	$(Q)cp $< $@.tmp
	$(if $(BOARD_LOOPBACK),$(Q)fdtput -t s $@.tmp $(BOARD_LOOPBACK) compatible $(BENCH_LOOPBACK))
	$(Q)mv $@.tmp $@

# Makes the link LINK to the kernel of a case. When it changes, so does all that is made of it.
BENCH_LINK_TO = $(abspath $(if $(filter %-rt.kernel,$(LINK)),$(BENCH_KERNEL_RT),$(BENCH_KERNEL)))
.PHONY: bench-link
bench-link:
	$(Q)[ "$$(readlink $(LINK))" = "$(BENCH_LINK_TO)" ] || \
		{ ln -sfn "$(BENCH_LINK_TO)" $(LINK) && rm -f $(basename $(BENCH_IMAGE)).options; }

# PAIR=interference-NEIGHBOUR-SLICE: the description of that boot.
PAIR_SLICE = $(lastword $(subst -, ,$(PAIR)))
.PHONY: bench-pair
bench-pair: | $(BENCH_DIR)
	$(Q)sed -e 's/neighbour=[a-z-]*/neighbour=$(patsubst interference-%-$(PAIR_SLICE),%,$(PAIR))/' \
		-e 's/slice=[0-9]*/slice=$(PAIR_SLICE)/' -e 's/^\( *period *= *\)[0-9]*/\1$(PAIR_SLICE)/' \
		systems/interference/system.conf >$(BENCH_DIR)/$(PAIR).conf

.PHONY: bench bench-run
bench: deps
	$(Q)$(MAKE) --no-print-directory bench-run
	$(if $(BASELINE),$(Q)$(MAKE) --no-print-directory bench-compare)

# All that the images are packed from is built here, so that the runner only packs.
bench-run: $(BENCH_RUNNER) bench-config $(BENCH_FOOTPRINT) $(GLACIS_SYSTEM) $(GLACIS_IMAGE) $(GUEST_DTB) $(KERNEL_BIN) $(ROOT_ELF) \
		$(VMM_ELF) $(CONSOLE_ELF) $(BENCH_DTB)
	$(Q)$(BENCH_RUNNER) $(BENCH_DIR)/config.json $(CASES)

# The image is that of the system as it is without the benchmark.
BENCH_PROGRAMS := kernel=$(KERNEL_ELF) root=$(ROOT_ELF) vmm=$(VMM_ELF) console=$(CONSOLE_ELF)
# What the make inside needs is there before, or both would build it at once.
$(BENCH_FOOTPRINT): FORCE $(KERNEL_BIN) $(ROOT_ELF) $(VMM_ELF) $(CONSOLE_ELF) \
		| $(GLACIS_SYSTEM) $(GLACIS_IMAGE) $(LINUX_IMAGE) $(LINUX_INITRD) $(BARE_IMG) $(BENCH_DIR)
	$(Q)$(MAKE) --silent --no-print-directory SYSTEM=$(BENCH_SYSTEM) IMAGE=$(BENCH_DIR)/plain.img image
	$(Q)bench/report/footprint.sh $(CROSS) $(BENCH_DIR)/plain.img $(BENCH_PROGRAMS) >$@

include bench/kernel/kernel.mk bench/report/report.mk

# `make trace CASE=micro-gicd-read`: the path of one operation of the bare-metal guest, through kernel and VMM, from the first
# instruction of the kernel on.
CASE ?= micro-gicd-read
TRACE_PATH := $(BENCH_DIR)/trace-path.txt
.PHONY: trace
trace: $(KBENCH_PLUGIN) $(GLACIS_SYSTEM) $(GLACIS_IMAGE) $(KERNEL_BIN) $(ROOT_ELF) $(VMM_ELF) $(CONSOLE_ELF) $(BARE_IMG) | $(BENCH_DIR)
	$(Q)$(subst {case},$(CASE),$(BENCH_PREPARE_BARE)) image
	$(Q)$(call bench-machine,$(BOARD_MEMORY)) -kernel $(BENCH_IMAGE) -plugin $(KBENCH_PLUGIN) \
		</dev/null | tr -d '\r' >$(TRACE_PATH).log
	$(Q)! grep '^@fail' $(TRACE_PATH).log
	$(Q)sed -n 's/^@path //p' $(TRACE_PATH).log | awk 'length($$1) > 12 { kernel = 1 } kernel' >$(TRACE_PATH)
	$(Q)bench/kernel/trace.sh $(CROSS) $(KERNEL_ELF) $(TRACE_PATH) $(VMM_ELF)

