// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The figures that a report is opened for: groups of cases beside the paper's figures and our own bounds.
#ifndef GLACIS_BENCH_REPORT_VERDICT_H
#define GLACIS_BENCH_REPORT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include <bench/report/data.h>

enum verdict_outcome { VERDICT_MET, VERDICT_EXCEEDED, VERDICT_MISSING, VERDICT_OPEN };

struct verdict {
    const char *title, *paper_text;
    double bound, paper;          // per cent; paper 0: none
    size_t cases;                 // with both sides; 0: the next two have no meaning
    double overhead;              // mean of the cases, per cent
    double difference;            // of the means of both sides, mean of the cases, in the unit
    enum verdict_outcome outcome; // VERDICT_OPEN: a bound is in instructions, and the unit is time
};

extern const char *const verdict_outcome_names[];

// Evaluates all groups. Returns them (static) and their number.
const struct verdict *verdicts_get(const struct data *data, size_t *count);

#endif
