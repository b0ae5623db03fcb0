# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make fuzz [SECONDS=60] [JOBS=1]`: libFuzzer on the neutral kernel (tests/fuzz/fuzz.h), from the kept corpus.

FUZZ      := build/fuzz
FUZZ_CC   ?= clang
SECONDS   ?= 60
JOBS      ?= 1

FUZZ_KERNEL := $(filter-out tests/%,$(KERNEL_WORLD))
FUZZ_OWN    := $(filter-out tests/fuzz/planted.c,$(sort $(wildcard tests/fuzz/*.c))) tests/unit/kernel/world.c

fuzz-objs = $(addprefix $(FUZZ)/,$(addsuffix .o,$(basename $(1))))
FUZZ_CFLAGS := $(COMMON_CFLAGS) -O2 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
	-ftrivial-auto-var-init=pattern $(KERNEL_WORLD_FLAGS)
# Coverage is of the kernel alone. Its invariants are the fuzzer's, not its aim.
FUZZ_KERNEL_CFLAGS := -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp -include tests/fuzz/sections.h

$(call fuzz-objs,$(filter-out kernel/core/invariants.c,$(FUZZ_KERNEL))): FUZZ_CFLAGS += $(FUZZ_KERNEL_CFLAGS)

$(FUZZ)/%.o: %.c
	$(call say,FUZZCC,$<)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<

$(FUZZ)/fuzz: $(call fuzz-objs,$(FUZZ_KERNEL) $(FUZZ_OWN))
	$(call say,FUZZLD,$@)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ -lcmocka

# The same with bugs in it (tests/fuzz/planted.c).
FUZZ_PLANTED := endpoint_finalise endpoint_requeue reply_remove_caller notification_unbind arch_memory_zero \
	arch_timer_set_deadline cdt_is_final cdt_has_children sched_check_budget refill_charge message_transfer \
	host_system_call
$(FUZZ)/fuzz-planted: $(call fuzz-objs,$(FUZZ_KERNEL) $(FUZZ_OWN) tests/fuzz/planted.c)
	$(call say,FUZZLD,$@)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined $(FUZZ_PLANTED:%=-Wl,--wrap=%) -o $@ $^ -lcmocka

# --- corpus: one packed file in the tree

FUZZ_CORPUS := tests/fuzz/corpus.cpio.xz
FUZZ_SEEDS  := $(FUZZ)/seeds
# What a run finds, and the inputs that fail.
FUZZ_WORK   ?= $(FUZZ)/work

$(FUZZ_SEEDS)/.unpacked: $(FUZZ_CORPUS)
	$(call say,UNPACK,$<)
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)xz -dc $< | (cd $(@D) && cpio -i --quiet)
	@touch $@

.PHONY: fuzz fuzz-repeat fuzz-check fuzz-keep fuzz-programs
fuzz-programs: $(FUZZ)/fuzz $(FUZZ)/fuzz-planted $(FUZZ_SEEDS)/.unpacked
fuzz: $(FUZZ)/fuzz $(FUZZ_SEEDS)/.unpacked
	$(Q)tests/fuzz/run.sh $< $(FUZZ_SEEDS) $(FUZZ_WORK) $(SECONDS) $(JOBS)

# An input in words.
fuzz-repeat: $(FUZZ)/fuzz
	$(if $(INPUT),,$(error make fuzz-repeat INPUT=file))
	$(Q)GLACIS_FUZZ_WORDS=1 $< -runs=1 $(INPUT)

fuzz-check: $(FUZZ)/fuzz-planted $(FUZZ_SEEDS)/.unpacked
	$(Q)tests/fuzz/check.sh $< $(FUZZ_SEEDS) $(FUZZ)/planted

# The smallest set of inputs that covers what the seeds and $(FUZZ_WORK)/found cover becomes the kept corpus.
fuzz-keep: $(FUZZ)/fuzz
	@mkdir -p $(FUZZ_SEEDS) $(FUZZ_WORK)/found
	@rm -rf $(FUZZ)/merged && mkdir -p $(FUZZ)/merged
	$(Q)$< -set_cover_merge=1 $(FUZZ)/merged $(FUZZ_SEEDS) $(FUZZ_WORK)/found 2>$(FUZZ)/merge.log
	$(Q)(cd $(FUZZ)/merged && ls | LC_ALL=C sort | cpio -o -H newc --reproducible -R 0:0 --quiet) | xz -9e >$(FUZZ_CORPUS)
	@ls -l $(FUZZ_CORPUS)
