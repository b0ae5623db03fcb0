# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make test [SUITE="unit fuzz model api guest system bench lint"] [TEST=text]`. A unit test NAME is a line `UNIT_TESTS += NAME` and its sources in
# UNIT_SRCS_NAME (libraries: UNIT_LIBS_NAME) in a fragment tests/unit/*.mk; tests on a machine stand in tests/target.list.

TEST_DIR  := build/test
SUITE ?=
TEST  ?=
TEST_JOBS ?= 2

include $(wildcard tests/unit/*.mk tests/api/*.mk tests/fuzz/*.mk tests/model/*.mk)

TEST_RUNNER := $(HOST)/bin/test-runner
HOST_CFLAGS_tests := -D_GNU_SOURCE

$(TEST_RUNNER): $(call host-objs,tests/run.c tests/runner/job.c tests/runner/list.c)
	$(call say,HOSTLD,$@)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -o $@ $^

unit-program = $(HTEST)/bin/$(1)
define unit-rule
$(call unit-program,$(1)): $(call htest-objs,$(UNIT_SRCS_$(1)))
	$$(call say,TESTLD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(HOST_CC) $$(HTEST_INSTRUMENT) -o $$@ $$^ $$(UNIT_LIBS_$(1)) -lcmocka
endef
$(foreach test,$(UNIT_TESTS),$(eval $(call unit-rule,$(test))))

# Unit tests are built when they are among the chosen.
TEST_UNIT_CHOSEN := $(if $(SUITE),$(filter unit,$(SUITE)),unit)
TEST_PROGRAMS := $(if $(TEST_UNIT_CHOSEN),$(foreach test,$(UNIT_TESTS),$(if $(TEST),$(if $(findstring $(TEST),$(test)),$(test)),$(test))))

TEST_OUT = build/$(BOARD)-gic{gic}-$(BUILD)

# $(call run-tests,suites,text in the names,folder for the logs,more options of the machine,another list)
run-tests = $(TEST_RUNNER) --suite "$(1)" --only "$(2)" --list $(or $(5),tests/target.list) --logs $(3) --jobs $(TEST_JOBS) \
	--machine "$(QEMU) $(call board-qemu,{gic},{cpu},{memory}) $(4)" --icount "$(QEMU_ICOUNT)" \
	--make "$(MAKE) --no-print-directory BOARD=$(BOARD) BUILD=$(BUILD)" --out "$(TEST_OUT)" --build $(BUILD) \
	--memory $(BOARD_MEMORY)

.PHONY: test test-run unit-tests
test: deps-test
	$(Q)$(MAKE) --no-print-directory test-run

unit-tests: $(foreach test,$(UNIT_TESTS),$(call unit-program,$(test)))

test-run: $(TEST_RUNNER) $(foreach test,$(TEST_PROGRAMS),$(call unit-program,$(test)))
	@mkdir -p $(TEST_DIR)
	$(Q)$(call run-tests,$(SUITE),$(TEST),$(TEST_DIR),) \
		$(foreach test,$(TEST_PROGRAMS),$(test)=$(call unit-program,$(test)))

# `make stress [SECONDS=60] [SEED="n ..."]`: systems/chaos for long, on both GICs. The seeds are in the names of the tests.
STRESS_DIR := build/stress

.PHONY: stress
stress: $(TEST_RUNNER)
	@mkdir -p $(STRESS_DIR)
	$(Q)tests/system/stress.sh "$(SECONDS)" $(if $(filter command,$(origin SEED)),$(SEED)) >$(STRESS_DIR)/list
	$(Q)$(call run-tests,,,$(STRESS_DIR),,$(STRESS_DIR)/list)
