# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The report: `make report [RESULTS=file]` writes build/bench/report/ (report.html and what stands beside it);
# `make bench BASELINE=file [BOUND=0.5]` compares a run with an older one; `make results` keeps a run in docs/results/.

RESULTS ?= $(BENCH_DIR)/results.json
REPORT_DIR ?= $(BENCH_DIR)/report
# By how many per cent the mean of a guest's figure may be higher than in the baseline.
BOUND ?= 0.5

BENCH_REPORT := $(HOST)/bin/bench-report
BENCH_REPORT_SOURCES := $(addprefix bench/report/,compare.c exports.c figures.c html.c load.c main.c matrix.c page.c page_cases.c plot.c \
	verdict.c) bench/runner/boots.c bench/runner/machine.c bench/runner/statistics.c
BENCH_REPORT_STYLE := $(HOST)/bench/report/style.o

$(BENCH_REPORT): $(call host-objs,$(BENCH_REPORT_SOURCES)) $(BENCH_REPORT_STYLE)
	$(call say,HOSTLD,$@)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -o $@ $^ -ljansson -lgsl -lgslcblas -lm

$(HOST)/bench/report/style.o $(HTEST)/bench/report/style.o: bench/report/style.S bench/report/style.css
	$(call say,HOSTAS,$<)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -c -o $@ $<

.PHONY: report report-run bench-compare
report: deps
	$(Q)$(MAKE) --no-print-directory report-run

$(RESULTS):
	$(error RESULTS=$@ is not there: make bench writes $(BENCH_DIR)/results.json)

report-run: $(BENCH_REPORT) $(RESULTS)
	$(Q)$(BENCH_REPORT) $(RESULTS) $(REPORT_DIR)

# The run, and the verdict's two plots: on white, since they stand on any page.
RESULTS_KEPT := docs/results
.PHONY: results
results: report
	$(call say,KEEP,$(RESULTS_KEPT))
	@mkdir -p $(RESULTS_KEPT)
	$(Q)cp $(RESULTS) $(RESULTS_KEPT)/$(BOARD)-gic$(GIC).json
	$(Q)for plot in 0-computing 1-latency; do sed '/<rect/s/fill="none"/fill="white"/' $(REPORT_DIR)/plots/plot-$${plot%-*}.svg \
		>$(RESULTS_KEPT)/$${plot#*-}.svg || exit 1; done

bench-compare: $(BENCH_REPORT)
	$(Q)$(BENCH_REPORT) --compare $(BASELINE) $(RESULTS) $(BOUND)
