# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of bench/runner.

UNIT_TESTS += bench_symbols bench_boots bench_budgets bench_cases bench_console bench_interference bench_machine bench_peers bench_results bench_runner bench_samples bench_seeds bench_statistics bench_tree

UNIT_SRCS_bench_symbols := tests/unit/test_bench_symbols.c bench/kernel/symbols.c
UNIT_SRCS_bench_budgets := tests/unit/test_bench_budgets.c bench/runner/budgets.c bench/runner/statistics.c
UNIT_LIBS_bench_budgets := -lgsl -lgslcblas -lm
UNIT_SRCS_bench_cases := tests/unit/test_bench_cases.c bench/runner/cases.c
UNIT_SRCS_bench_console := tests/unit/test_bench_console.c $(addprefix bench/runner/,cases.c console.c samples.c)
UNIT_LIBS_bench_console := -ljansson -lgsl -lgslcblas -lm
UNIT_SRCS_bench_machine := tests/unit/test_bench_machine.c bench/runner/machine.c
UNIT_SRCS_bench_results := tests/unit/test_bench_results.c $(addprefix bench/runner/,cases.c config.c console.c results.c samples.c statistics.c)
UNIT_LIBS_bench_results := -ljansson -lgsl -lgslcblas -lm
UNIT_SRCS_bench_peers := tests/unit/test_bench_peers.c $(addprefix bench/runner/,boots.c cases.c config.c console.c machine.c peers.c \
	results.c samples.c statistics.c)
UNIT_LIBS_bench_peers := -ljansson -lgsl -lgslcblas -lm
UNIT_SRCS_bench_runner := tests/unit/test_bench_runner.c $(addprefix bench/runner/,boots.c budgets.c cases.c config.c console.c files.c interference.c invalid.c machine.c \
	peers.c results.c runner.c samples.c seeds.c statistics.c tree.c)
UNIT_LIBS_bench_runner := -ljansson -lfdt -lgsl -lgslcblas -lm
UNIT_SRCS_bench_boots := tests/unit/test_bench_boots.c bench/runner/boots.c bench/runner/statistics.c
UNIT_LIBS_bench_boots := -lgsl -lgslcblas -lm
UNIT_SRCS_bench_seeds := tests/unit/test_bench_seeds.c bench/runner/seeds.c
UNIT_LIBS_bench_seeds := -lfdt
UNIT_SRCS_bench_statistics := tests/unit/test_bench_statistics.c bench/runner/statistics.c
UNIT_LIBS_bench_statistics := -lgsl -lgslcblas -lm
UNIT_SRCS_bench_tree := tests/unit/test_bench_tree.c bench/runner/tree.c
UNIT_LIBS_bench_tree := -lfdt
UNIT_SRCS_bench_samples := tests/unit/test_bench_samples.c bench/runner/samples.c bench/suite/samples.c
UNIT_LIBS_bench_samples := -lgsl -lgslcblas -lm

UNIT_TESTS += report report_html
UNIT_SRCS_report := tests/unit/test_report.c $(addprefix bench/report/,compare.c exports.c figures.c html.c load.c matrix.c page_cases.c \
	plot.c verdict.c) $(addprefix bench/runner/,boots.c machine.c statistics.c)
UNIT_LIBS_report := -ljansson -lgsl -lgslcblas -lm
UNIT_SRCS_report_html := tests/unit/test_report_html.c bench/report/html.c bench/report/plot.c bench/runner/machine.c

# The suite's own programs (bench/suite), with the guest's rule for floating point.
UNIT_TESTS += bench_mibench bench_susan bench_working_set
UNIT_SUSAN := $(addprefix bench/suite/mibench/,pgm.c picture.c susan_corners.c susan_edges.c susan_run.c susan_smooth.c usan.c)
UNIT_SRCS_bench_mibench := tests/unit/test_bench_mibench.c $(addprefix bench/suite/mibench/,basicmath.c bitcount.c qsort.c) $(UNIT_SUSAN)
UNIT_LIBS_bench_mibench := -lm
UNIT_SRCS_bench_susan := tests/unit/test_bench_susan.c $(UNIT_SUSAN)
UNIT_LIBS_bench_susan := -lm
UNIT_SRCS_bench_working_set := tests/unit/test_bench_working_set.c bench/suite/memory/working_set.c
UNIT_SRCS_bench_interference := tests/unit/test_bench_interference.c $(addprefix bench/runner/,boots.c cases.c config.c console.c interference.c \
	invalid.c machine.c results.c samples.c statistics.c)
UNIT_LIBS_bench_interference := -ljansson -lgsl -lgslcblas -lm
