# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make bench-kernel [TRACE=operation] [CHECK=1]`: instructions of the kernel's operations, and its longest stretches with
# interrupts masked. The measured programs are root tasks of their own; plugins of the emulator count; reports make tables
# and results. TRACE shows where an operation spends its instructions, and leaves the stretches out; with CHECK=1 a figure
# over its budget is an error.

KBENCH_ELF   := $(OUT)/bench/kernel/bench.elf
KBENCH_IMAGE := $(OUT)/bench/kernel/bench.img
COUNTER_ELF   := $(OUT)/bench/kernel/counter.elf
COUNTER_IMAGE := $(OUT)/bench/kernel/counter.img
LONGEST_ELF   := $(OUT)/bench/kernel/longest.elf
LONGEST_IMAGE := $(OUT)/bench/kernel/longest.img
KBENCH_PLUGIN := $(HOST)/bench/kernel/plugin.so
STRETCH_PLUGIN := $(HOST)/bench/kernel/stretch.so
KBENCH_REPORT := $(HOST)/bin/bench-kernel
KBENCH_CONFIG_FILE = $(BENCH_DIR)/kernel-config.json
KBENCH_RESULTS = $(BENCH_DIR)/kernel.json
KBENCH_PATH    = $(BENCH_DIR)/kernel-path.txt
STRETCH_DIR = $(BENCH_DIR)/stretch
# Instructions, at most.
STRETCH_BUDGET := 20000

TRACE ?=
CHECK ?=

$(KBENCH_ELF): $(call target-objs,bench/kernel/main.c bench/kernel/setup.c) $(LIB_ROOT) $(COMPONENT_LD)
	$(link-component)

$(COUNTER_ELF): $(call target-objs,bench/kernel/counter.c bench/kernel/setup.c) $(LIB_ROOT) $(COMPONENT_LD)
	$(link-component)

$(LONGEST_ELF): $(call target-objs,$(addprefix bench/kernel/,longest.c longest_threads.c setup.c)) $(LIB_ROOT) $(COMPONENT_LD)
	$(link-component)

$(KBENCH_IMAGE) $(LONGEST_IMAGE) $(COUNTER_IMAGE): %.img: %.elf $(KERNEL_BIN) $(GLACIS_IMAGE)
	$(call say,IMAGE,$@)
	$(Q)$(GLACIS_IMAGE) --kernel $(KERNEL_BIN) --root $< --output $@

KBENCH_PLUGIN_OBJECTS := $(call host-objs,bench/kernel/plugin.c)
STRETCH_PLUGIN_OBJECTS := $(call host-objs,bench/kernel/stretch.c bench/kernel/symbols.c)
$(KBENCH_PLUGIN_OBJECTS) $(STRETCH_PLUGIN_OBJECTS): HOST_CFLAGS += -fPIC -fvisibility=hidden
$(KBENCH_PLUGIN): $(KBENCH_PLUGIN_OBJECTS)
$(STRETCH_PLUGIN): $(STRETCH_PLUGIN_OBJECTS)
$(KBENCH_PLUGIN) $(STRETCH_PLUGIN):
	$(call say,HOSTLD,$@)
	$(Q)$(HOST_CC) -shared -o $@ $^

$(KBENCH_REPORT): $(call host-objs,bench/kernel/report.c $(addprefix bench/runner/,cases.c config.c console.c machine.c \
		results.c samples.c statistics.c))
	$(call say,HOSTLD,$@)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -o $@ $^ -ljansson -lgsl -lgslcblas -lm

KBENCH_MACHINE = $(call bench-machine,$(BOARD_MEMORY)) -kernel $(KBENCH_IMAGE) \
	-plugin $(KBENCH_PLUGIN)$(if $(TRACE),$(comma)trace=$(TRACE)) $(call stretch-option,$(KERNEL_ELF),operations-gic$(GIC))
comma := ,
# The option that watches a machine: its kernel, the run's name.
stretch-option = -plugin $(STRETCH_PLUGIN)$(comma)kernel=$(1)$(comma)out=$(STRETCH_DIR)/$(2)

# As in bench.mk; there is no guest and no native side.
define KBENCH_CONFIG
{
  "version": "$(VERSION)",
  "commit": "$(shell git describe --always --abbrev=40 --dirty --exclude='*' 2>/dev/null || echo unknown)",
  "board": "$(BOARD)",
  "emulator": "$(shell $(QEMU) --version | sed -n '1s/.*version \([0-9.]*\).*/QEMU \1/p')",
  "cpu": "$(QEMU_CPU)",
  "gic": $(GIC),
  "unit": "ticks_1ghz_icount",
  "kernel": "",
  "kernel_file": "",
  "kernel_sha256": "",
  "initrd_sha256": "",
  "tree": "",
  "board_tree": "",
  "start": "",
  "prepare": [],
  "native": "",
  "virt": "$(strip $(KBENCH_MACHINE))",
  "memory_mib": $(BOARD_MEMORY),
  "boots": 1,
  "time_limit": $(BENCH_LIMIT),
  "results": "$(KBENCH_RESULTS)",
  "limits": "The emulator counts instructions; it models no caches, TLBs, page walks or pipeline: time on a board will differ."
}
endef

.PHONY: bench-kernel bench-kernel-run bench-kernel-stretch bench-kernel-counter longest-image
bench-kernel: deps
	$(Q)$(MAKE) --no-print-directory bench-kernel-run
	$(if $(TRACE),,$(Q)$(MAKE) --no-print-directory bench-kernel-stretch)

bench-kernel-run: $(KBENCH_IMAGE) $(KBENCH_PLUGIN) $(STRETCH_PLUGIN) $(KBENCH_REPORT) | $(BENCH_DIR)
	$(if $(filter release,$(BUILD)),,$(error bench-kernel measures the release kernel: leave BUILD=$(BUILD) out))
	@mkdir -p $(STRETCH_DIR)
	$(file >$(KBENCH_CONFIG_FILE),$(KBENCH_CONFIG))
	$(Q)$(KBENCH_REPORT) $(KBENCH_CONFIG_FILE) $(if $(filter 1,$(CHECK)),check) $(if $(TRACE),path=$(KBENCH_PATH))
	$(if $(TRACE),$(Q)bench/kernel/trace.sh $(CROSS) $(KERNEL_ELF) $(KBENCH_PATH))

# Whether the plugin counts what the counter counts.
bench-kernel-counter: $(COUNTER_IMAGE) $(KBENCH_PLUGIN)
	$(Q)bench/kernel/counter.sh $(call bench-machine,$(BOARD_MEMORY)) -kernel $(COUNTER_IMAGE) -plugin $(KBENCH_PLUGIN)

longest-image: $(LONGEST_IMAGE)

# Every test on a machine that drives the kernel, watched: its own interface, guests, Linux, two VMs, and the program of
# the longest operations. What ran before in this folder is forgotten, but the run of bench-kernel-run.
STRETCH_RUN = $(call run-tests,$(1),$(2),$(STRETCH_DIR)/log,$(call stretch-option,$(patsubst %-$(BUILD),%-{build},$(TEST_OUT))/kernel/kernel.elf,{name})) --patience 4
bench-kernel-stretch: $(HOST)/bin/test-runner $(STRETCH_PLUGIN)
	@mkdir -p $(STRETCH_DIR)/log && find $(STRETCH_DIR) -type f ! -name 'operations-*' -delete
	$(Q)$(call STRETCH_RUN,api guest,)
	$(Q)$(call STRETCH_RUN,system,linux-console)
	$(Q)$(call STRETCH_RUN,system,two)
	$(Q)$(call STRETCH_RUN,bench,longest)
	$(Q)bench/kernel/stretch.sh $(STRETCH_DIR) $(STRETCH_BUDGET) $(if $(filter 1,$(CHECK)),check)
