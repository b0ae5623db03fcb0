# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make bench-kernel [TRACE=operation] [CHECK=1]`: instructions of the kernel's operations. The measured program is a root
# task of its own; a plugin of the emulator counts; the report makes table and results. TRACE shows where an operation
# spends its instructions; with CHECK=1 a figure over its budget is an error.

KBENCH_ELF   := $(OUT)/bench/kernel/bench.elf
KBENCH_IMAGE := $(OUT)/bench/kernel/bench.img
KBENCH_PLUGIN := $(HOST)/bench/kernel/plugin.so
KBENCH_REPORT := $(HOST)/bin/bench-kernel
KBENCH_CONFIG_FILE = $(BENCH_DIR)/kernel-config.json
KBENCH_RESULTS = $(BENCH_DIR)/kernel.json
KBENCH_PATH    = $(BENCH_DIR)/kernel-path.txt

TRACE ?=
CHECK ?=

$(KBENCH_ELF): $(call target-objs,bench/kernel/main.c bench/kernel/setup.c) $(LIB_ROOT) $(COMPONENT_LD)
	$(link-component)

$(KBENCH_IMAGE): $(KBENCH_ELF) $(KERNEL_BIN) $(GLACIS_IMAGE)
	$(call say,IMAGE,$@)
	$(Q)$(GLACIS_IMAGE) --kernel $(KERNEL_BIN) --root $< --output $@

$(HOST)/bench/kernel/plugin.o: HOST_CFLAGS += -fPIC -fvisibility=hidden
$(KBENCH_PLUGIN): $(HOST)/bench/kernel/plugin.o
	$(call say,HOSTLD,$@)
	$(Q)$(HOST_CC) -shared -o $@ $<

$(KBENCH_REPORT): $(call host-objs,bench/kernel/report.c $(addprefix bench/runner/,config.c console.c machine.c results.c statistics.c))
	$(call say,HOSTLD,$@)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -o $@ $^ -ljansson -lgsl -lgslcblas -lm

KBENCH_MACHINE = $(call bench-machine,$(BOARD_MEMORY)) -kernel $(KBENCH_IMAGE) \
	-plugin $(KBENCH_PLUGIN)$(if $(TRACE),$(comma)trace=$(TRACE))
comma := ,

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

.PHONY: bench-kernel bench-kernel-run
bench-kernel: deps
	$(Q)$(MAKE) --no-print-directory bench-kernel-run

bench-kernel-run: $(KBENCH_IMAGE) $(KBENCH_PLUGIN) $(KBENCH_REPORT) | $(BENCH_DIR)
	$(if $(filter release,$(BUILD)),,$(error bench-kernel measures the release kernel: leave BUILD=$(BUILD) out))
	$(file >$(KBENCH_CONFIG_FILE),$(KBENCH_CONFIG))
	$(Q)$(KBENCH_REPORT) $(KBENCH_CONFIG_FILE) $(if $(filter 1,$(CHECK)),check) $(if $(TRACE),path=$(KBENCH_PATH))
	$(if $(TRACE),$(Q)bench/kernel/trace.sh $(CROSS) $(KERNEL_ELF) $(KBENCH_PATH))
