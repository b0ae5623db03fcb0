// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The table of cases. The first list is the one that the guest's wrapper is built from, too.
#include <string.h>

#include <bench/runner/cases.h>

// cases_all replaces the label where the suite is the name.
#define BENCH_CASE(suite, name, ...)            {suite, name, suite "-" name, false, NULL, .gic = 0},
#define BENCH_CHECKED(suite, name, sum, ...)    {suite, name, suite "-" name, false, NULL, .checksum = (sum)},
#define BENCH_SAMPLES(suite, name, device, ...) {suite, name, suite "-" name, true, device, .gic = 0},
#define MICRO_CASE(suite, name, sides, gic, budget2, budget3, exits, checked)                                \
    {suite, name, suite "-" name, true, NULL, sides, false, gic, {budget2, budget3}, exits, checked},
#define TICK_CASE(suite, name, budget2, budget3, checked)                                                    \
    {suite, name, suite "-" name, false, NULL, GUEST_ONLY, true, 0, {budget2, budget3}, 0, checked},
enum { BOTH_SIDES = false, GUEST_ONLY = true };
static struct bench_case cases[] = {
#include <bench/suite/cases.def>

#include <bench/runner/micro.def>
    {"interference", "interference", "interference", .matrix = true},
};
#undef BENCH_CASE
#undef BENCH_CHECKED
#undef BENCH_SAMPLES
#undef MICRO_CASE
#undef TICK_CASE

#define CASES_COUNT (sizeof(cases) / sizeof(cases[0]))
_Static_assert(CASES_COUNT <= CASES_MAX, "callers' arrays hold all cases");

const struct bench_case *cases_all(size_t *count) {
    for (size_t i = 0; i < CASES_COUNT; i++) {
        if (strcmp(cases[i].suite, cases[i].name) == 0) {
            cases[i].label = cases[i].name;
        }
    }
    *count = CASES_COUNT;
    return cases;
}

const struct bench_case *cases_find(const char *label) {
    size_t count;
    const struct bench_case *all = cases_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].label, label) == 0) {
            return &all[i];
        }
    }
    return NULL;
}

bool cases_choose(const char *words, bool *chosen, char unknown[CASE_LABEL_MAX]) {
    static const char separators[] = " ,\t\n";
    size_t count;
    const struct bench_case *all = cases_all(&count);
    const char *word = words + strspn(words, separators);
    bool any = *word != '\0';
    for (size_t i = 0; i < count; i++) {
        chosen[i] = !any;
    }
    while (*word != '\0') {
        size_t length = strcspn(word, separators);
        bool known = false;
        for (size_t i = 0; i < count; i++) {
            bool suite = strlen(all[i].suite) == length && strncmp(word, all[i].suite, length) == 0;
            bool label = strlen(all[i].label) == length && strncmp(word, all[i].label, length) == 0;
            chosen[i] = chosen[i] || suite || label;
            known = known || suite || label;
        }
        if (!known) {
            size_t copied = length < CASE_LABEL_MAX - 1 ? length : CASE_LABEL_MAX - 1;
            memcpy(unknown, word, copied);
            unknown[copied] = '\0';
            return false;
        }
        word += length;
        word += strspn(word, separators);
    }
    return true;
}
