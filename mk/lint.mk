# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make lint`: the rules of docs/style.md that a program can check. Each lint-* target is one of them and works by itself.
# Objects go to build/lint, by the rules and with the flags of the build; what has not changed is not looked at again by
# the compilers.

LINT_DIR := build/lint

# Every file of ours, committed or not yet. Where there is no git, every file outside build/.
LINT_FILES = $(sort $(wildcard $(shell git ls-files -co --exclude-standard 2>/dev/null || \
	find . -path ./build -prune -o -type f -printf '%P\n')))
LINT_C = $(filter %.c %.h,$(LINT_FILES))
LINT_SHELL = $(filter %.sh .ci/run,$(LINT_FILES))

# bench/kernel has programs of both worlds.
LINT_KBENCH_HOST = $(addprefix bench/kernel/,plugin.c stretch.c symbols.c report.c)
LINT_KBENCH_TARGET = $(filter-out $(LINT_KBENCH_HOST),$(wildcard bench/kernel/*.c))

# What the compilers look at: all C of the target, in two of its variants that together have every line, and all C of the
# host, tests included.
LINT_TARGET_OBJECTS = $(call target-objs,$(filter %.c,$(KERNEL_SRCS)) $(VMM_SOURCES) $(ROOT_SOURCES) $(CONSOLE_SOURCES) \
	$(filter %.c,$(BARE_SRCS)) $(wildcard lib/base/*.c lib/rt/*.c tests/api/*.c) $(LINT_KBENCH_TARGET))
LINT_HOST_OBJECTS = $(call host-objs,$(sort $(wildcard tools/*/*.c bench/runner/*.c bench/report/*.c tests/run.c tests/runner/*.c) \
	$(wildcard vmm/guest/*.c) $(addprefix bench/suite/mibench/,draw.c picture.c) $(LINT_KBENCH_HOST)))
LINT_UNIT_OBJECTS = $(call htest-objs,$(sort $(foreach test,$(UNIT_TESTS),$(UNIT_SRCS_$(test)))))
LINT_LINUX = guests/linux/init.c guests/linux/perf_count.c bench/suite/glacis_bench.c bench/suite/samples.c $(SUITE_SOURCES)

# mk/lint-clang.sh leaves out what Clang does not know of GCC's optimisations.
LINT_CLANG := clang -Qunused-arguments
LINT_CLANG_TARGET := $(LINT_CLANG) -target aarch64-linux-gnu

LINT_TIDY_TARGET = -target aarch64-linux-gnu -ffreestanding -I$(LIBFDT_DIR)

.PHONY: lint lint-run lint-format lint-analysis lint-shell lint-headers lint-size lint-documents lint-manual lint-compile \
	lint-target-objects lint-host-objects
lint: deps
	$(Q)$(MAKE) --no-print-directory lint-run

# The quick ones first.
lint-run: lint-headers lint-size lint-documents lint-manual lint-shell lint-format lint-analysis lint-compile
	@echo "lint: no findings"

lint-format:
	$(call say,FORMAT,$(words $(LINT_C)) files)
	$(Q)clang-format --dry-run --Werror $(LINT_C) || { echo "mend: clang-format -i FILE" >&2; exit 1; }

lint-shell:
	$(call say,SHELL,$(words $(LINT_SHELL)) files)
	$(Q)shellcheck $(LINT_SHELL)

lint-headers:
	$(call say,SPDX,$(words $(LINT_FILES)) files)
	$(Q)mk/lint-headers.sh $(LINT_FILES)

lint-size:
	$(call say,SIZE,$(words $(LINT_C)) files)
	$(Q)mk/lint-size.sh docs/style.md $(LINT_C)

lint-documents:
	$(call say,DOCS,$(filter %.md %.pml,$(LINT_FILES)))
	$(Q)tools/doccheck/doccheck.sh . $(filter %.md %.pml,$(LINT_FILES))

# Whether docs/manual is what abi/ says.
lint-manual: $(GLACIS_MANUAL)
	$(call say,MANUAL,docs/manual)
	$(Q)$(call manual-write,$(LINT_DIR)/manual)
	$(Q)diff -r docs/manual $(LINT_DIR)/manual || { echo "docs/manual is not what abi/ says; mend: make manual" >&2; exit 1; }

# clang-tidy, two files at a time: what is nearly always a mistake. Left out is what this tree does on purpose: parameters
# of one type beside each other, macros of X tables, names of the API (decode_TCB_Configure), short branches that are alike.
LINT_CHECKS := -*,bugprone-*,clang-analyzer-core.*,clang-analyzer-deadcode.*,clang-analyzer-unix.*,$\
	misc-redundant-expression,misc-static-assert,readability-misleading-indentation,$\
	-clang-analyzer-core.UndefinedBinaryOperatorResult,-bugprone-suspicious-string-compare,$\
	-bugprone-easily-swappable-parameters,-bugprone-macro-parentheses,-bugprone-narrowing-conversions,$\
	-bugprone-reserved-identifier,-bugprone-branch-clone,-bugprone-implicit-widening-of-multiplication-result
# It does not follow a value that a checked call left through a pointer. In the kernel it does not see that inv_fail() never returns STATUS_OK.
LINT_CHECKS_KERNEL := $(LINT_CHECKS),-clang-analyzer-core.*
# $(call lint-tidy,files,checks,flags)
lint-tidy = printf '%s\n' $(1) | xargs -P $(TEST_JOBS) -n 8 sh -c 'clang-tidy -quiet --warnings-as-errors="*" --checks="$$0" \
	"$$@" -- $(3) -std=gnu17 -I. 2>>$(LINT_DIR)/tidy.log' '$(2)'
lint-sources = $(filter $(addsuffix %.c,$(1)),$(LINT_C))
lint-analysis: | $(LIBFDT_HEADERS)
	$(call say,TIDY,$(words $(filter %.c,$(LINT_C))) files)
	@mkdir -p $(LINT_DIR) && : >$(LINT_DIR)/tidy.log
	$(Q)$(call lint-tidy,$(filter-out kernel/arch/host/% kernel/drivers/gic_v$(if $(filter 2,$(GIC)),3,2).c,$(call lint-sources,kernel/)),\
		$(LINT_CHECKS_KERNEL),$(LINT_TIDY_TARGET) $(KERNEL_INCLUDES) $(BOARD_CFLAGS) -DCONFIG_GIC=$(GIC) -DCONFIG_DEBUG -DGLACIS_VERSION=__FILE__ -DGLACIS_BUILD=__FILE__)
	$(Q)$(call lint-tidy,$(call lint-sources,lib/ services/ vmm/ guests/bare/ tests/api/) $(LINT_KBENCH_TARGET),$(LINT_CHECKS),$(LINT_TIDY_TARGET))
	$(Q)$(call lint-tidy,$(call lint-sources,tools/ bench/runner/ bench/report/ bench/suite/mibench/ tests/run) $(LINT_KBENCH_HOST),$(LINT_CHECKS),-D_GNU_SOURCE)

lint-target-objects: $(LINT_TARGET_OBJECTS)
lint-host-objects: $(LINT_HOST_OBJECTS) $(LINT_UNIT_OBJECTS)

# GCC with the build's own folders, then Clang: what is said, variables of both, variables of Clang alone, goal.
define lint-both
	$(call say,GCC,$(1))
	$(Q)$(MAKE) --no-print-directory --silent -j$(TEST_JOBS) $(2) $(4)
	$(call say,CLANG,$(1))
	$(Q)$(MAKE) --no-print-directory --silent -j$(TEST_JOBS) $(2) $(3) $(4)

endef
lint-variant = $(call lint-both,target $(1)-$(2),GIC=$(1) BUILD=$(2),OUT=$(LINT_DIR)/gic$(1)-$(2) \
	TARGET_CC='mk/lint-clang.sh $(LINT_CLANG_TARGET)',lint-target-objects)

lint-compile: $(LIBFDT_HEADERS)
	$(call lint-variant,2,debug)
	$(call lint-variant,3,release)
	$(call lint-both,host and unit tests,,HOST=$(LINT_DIR)/host HTEST=$(LINT_DIR)/host-test HOST_CC='$(LINT_CLANG)',lint-host-objects)
	$(call say,LINUX,$(LINT_LINUX))
	$(Q)for file in $(LINT_LINUX); do $(TARGET_CC) $(LINUX_CFLAGS) -fsyntax-only $$file && \
		$(LINT_CLANG_TARGET) $(LINUX_CFLAGS) -fsyntax-only $$file || exit 1; done
	$(call say,CLANG,bench/peers)
	$(Q)$(LINT_CLANG_TARGET) $(PEER_KVM_CFLAGS) -fsyntax-only bench/peers/kvm.c
	$(Q)$(LINT_CLANG_TARGET) $(PEER_XEN_SEEDS_CFLAGS) -fsyntax-only bench/peers/xen_seeds.c
