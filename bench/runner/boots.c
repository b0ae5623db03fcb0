// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Order and outcome of boots.
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include <bench/runner/boots.h>

size_t boots_plan(unsigned boots, enum side first, enum side end, unsigned order_seed,
                  struct boot_plan plan[SIDES * BOOTS_MAX]) {
    size_t count = 0;
    for (unsigned i = 0; i < boots; i++) {
        for (unsigned side = first; side < end; side++) {
            plan[count++] = (struct boot_plan){side, i};
        }
    }
    if (order_seed != 0) {
        gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
        gsl_rng_set(random, order_seed);
        gsl_ran_shuffle(random, plan, count, sizeof(plan[0]));
        gsl_rng_free(random);
    }
    return count;
}

void boots_add(struct boots *boots, const struct boot_value *value) {
    size_t at = boots->count++;
    for (; at > 0 && boots->list[at - 1].seed > value->seed; at--) {
        boots->list[at] = boots->list[at - 1];
    }
    boots->list[at] = *value;
}

static void values_get(const struct boots *boots, double values[BOOTS_MAX]) {
    for (size_t i = 0; i < boots->count; i++) {
        values[i] = boots->list[i].value;
    }
}

struct overhead boots_overhead(const struct boots *native, const struct boots *virt) {
    double native_values[BOOTS_MAX], virt_values[BOOTS_MAX];
    bool paired = native->count == virt->count;
    for (size_t i = 0; paired && i < native->count; i++) {
        paired = native->list[i].seed == virt->list[i].seed;
    }
    values_get(native, native_values);
    values_get(virt, virt_values);
    return statistics_overhead(native_values, native->count, virt_values, virt->count, paired);
}

struct summary boots_summarise(const struct boots *boots) {
    double values[BOOTS_MAX];
    values_get(boots, values);
    return statistics_summarise(values, boots->count);
}

bool boots_trees_differ(const struct boots *native, const struct boots *virt, unsigned *seed) {
    for (size_t i = 0; i < native->count; i++) {
        for (size_t j = 0; j < virt->count; j++) {
            if (native->list[i].seed == virt->list[j].seed &&
                strcmp(native->list[i].tree_hash, virt->list[j].tree_hash) != 0) {
                *seed = native->list[i].seed;
                return true;
            }
        }
    }
    return false;
}
