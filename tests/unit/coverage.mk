# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make coverage`: how much of the neutral kernel (kernel/core, kernel/object and their headers) its host tests run. The
# tests are built once more, by the rules of tests/unit, without sanitizers and without optimisation: what is counted then
# are the source's own branches. Limits in percent.

COVERAGE_DIR      := build/coverage
COVERAGE_LINES    := 95
COVERAGE_BRANCHES := 85
# Tests whose programs contain the neutral kernel and that say what must happen: random calls only reach lines.
COVERAGE_TESTS     = $(filter-out kernel_random,$(filter kernel_% boot_fdt,$(UNIT_TESTS)))
COVERAGE_SOURCES  := kernel/core/ kernel/object/ kernel/include/
COVERAGE_FILES    := $(sort $(wildcard kernel/core/*.c kernel/object/*.c))

UNIT_TESTS += coverage
UNIT_SRCS_coverage := tests/unit/test_coverage.c tests/coverage/coverage.c
UNIT_LIBS_coverage := -ljansson

COVERAGE_REPORT := $(HOST)/bin/coverage-report
$(COVERAGE_REPORT): $(call host-objs,tests/coverage/report.c tests/coverage/coverage.c)
	$(call say,HOSTLD,$@)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -o $@ $^ -ljansson

.PHONY: coverage coverage-run
coverage: deps
	$(Q)$(MAKE) --no-print-directory coverage-run

# Counts of an earlier run do not count.
coverage-run: $(COVERAGE_REPORT)
	$(Q)$(MAKE) --no-print-directory --silent -j$(TEST_JOBS) HTEST=$(COVERAGE_DIR) HTEST_INSTRUMENT='-O0 --coverage -Wl,--undefined=__gcov_dump' \
		$(COVERAGE_TESTS:%=$(COVERAGE_DIR)/bin/%)
	$(Q)find $(COVERAGE_DIR) -name '*.gcda' -delete
	$(Q)printf '%s\n' $(COVERAGE_TESTS) | xargs -P $(TEST_JOBS) -I NAME sh -c \
		'$(COVERAGE_DIR)/bin/NAME >$(COVERAGE_DIR)/NAME.log 2>&1 || { cat $(COVERAGE_DIR)/NAME.log; exit 255; }'
	$(Q)find $(COVERAGE_DIR)/kernel -name '*.gcda' | xargs gcov --branch-probabilities --json-format --stdout \
		>$(COVERAGE_DIR)/gcov.json
	$(Q)$(COVERAGE_REPORT) $(COVERAGE_LINES) $(COVERAGE_BRANCHES) $(COVERAGE_SOURCES) -- $(COVERAGE_FILES) \
		<$(COVERAGE_DIR)/gcov.json
