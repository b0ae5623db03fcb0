// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See verdict.h.
#define _GNU_SOURCE
#include <fnmatch.h>
#include <string.h>

#include <bench/report/verdict.h>

struct group {
    const char *title, *suite, *names;
    double bound, paper;
    const char *paper_text;
};

#define VERDICT(title, suite, names, bound, paper, paper_text)                                               \
    {title, suite, names, bound, paper, paper_text},
static const struct group groups[] = {
#include <bench/report/verdict.def>
};
#undef VERDICT

#define GROUP_COUNT (sizeof(groups) / sizeof(groups[0]))

const char *const verdict_outcome_names[] = {"met", "exceeded", "not measured", "no bound for time"};

const struct verdict *verdicts_get(const struct data *data, size_t *count) {
    static struct verdict verdicts[GROUP_COUNT];
    for (size_t i = 0; i < GROUP_COUNT; i++) {
        const struct group *g = &groups[i];
        struct verdict *v = &verdicts[i];
        *v = (struct verdict){
            .title = g->title, .paper_text = g->paper_text, .bound = g->bound, .paper = g->paper};
        for (size_t j = 0; j < data->case_count; j++) {
            const struct data_case *c = &data->cases[j];
            if (c->has_overhead && strcmp(c->suite, g->suite) == 0 &&
                fnmatch(g->names, c->name, FNM_EXTMATCH) == 0) {
                v->cases++;
                v->overhead += c->overhead;
                v->difference += c->side[VIRT].summary.mean - c->side[NATIVE].summary.mean;
            }
        }
        if (v->cases > 0) {
            v->overhead /= (double)v->cases;
            v->difference /= (double)v->cases;
        }
        v->outcome = v->cases == 0             ? VERDICT_MISSING
                     : !data_is_icount(data)   ? VERDICT_OPEN
                     : v->overhead <= v->bound ? VERDICT_MET
                                               : VERDICT_EXCEEDED;
    }
    *count = GROUP_COUNT;
    return verdicts;
}
