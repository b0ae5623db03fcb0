// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Series of samples. What is parsed here comes from a console: nothing is taken from a line that is not right
// to its end.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include <bench/runner/samples.h>

static bool room_make(struct samples *samples, size_t more) {
    size_t needed = samples->count + more;
    if (more > SAMPLES_COUNT_MAX || needed > SAMPLES_COUNT_MAX) {
        return false;
    }
    if (needed > samples->capacity) {
        size_t capacity = needed > 2 * samples->capacity ? needed : 2 * samples->capacity;
        double *values = realloc(samples->values, capacity * sizeof(*values));
        if (values == NULL) {
            return false;
        }
        samples->values = values;
        samples->capacity = capacity;
    }
    return true;
}

// A line of samples comes when it is full, so that the order of lines depends on the values. Cases are named
// after their first series: the others must not come before it.
#define LAST "end"

static struct samples *series_get(struct samples_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->series[i].series, name) == 0) {
            return &set->series[i];
        }
    }
    if (set->count == SAMPLES_SERIES_MAX) {
        return NULL;
    }
    struct samples *series = &set->series[set->count++];
    for (; series > set->series && strcmp(series[-1].series, LAST) == 0; series--) {
        *series = series[-1];
    }
    *series = (struct samples){.count = 0};
    snprintf(series->series, sizeof(series->series), "%s", name);
    return series;
}

// Reads a decimal number without a sign; false if there is none or it is too large.
static bool number_take(const char **text, uint64_t *value) {
    char *end;
    if (**text < '0' || **text > '9') {
        return false;
    }
    errno = 0;
    *value = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0;
}

const char *samples_take(struct samples_set *set, const char *text) {
    char name[SAMPLES_SERIES_NAME];
    uint64_t frequency;
    int length = 0;
    if (sscanf(text, "%15s freq=%" SCNu64 "%n", name, &frequency, &length) != 2 || frequency == 0) {
        return "no series and frequency";
    }
    struct samples *series = series_get(set, name);
    if (series == NULL) {
        return "too many series";
    }
    text += length;
    while (*text == ' ') {
        uint64_t value, count = 1;
        text++;
        if (!number_take(&text, &value) || (*text == '*' && (text++, !number_take(&text, &count)))) {
            return "a sample is no number";
        }
        if (!room_make(series, count)) {
            return "too many samples";
        }
        for (uint64_t i = 0; i < count; i++) {
            series->values[series->count++] = (double)value * 1e9 / (double)frequency;
        }
    }
    return *text == '\0' ? NULL : "a sample is no number";
}

bool samples_add(struct samples_set *sum, const struct samples_set *more) {
    bool first = sum->count == 0;
    if (!first && sum->count != more->count) {
        return false;
    }
    for (size_t i = 0; i < more->count; i++) {
        const struct samples *from = &more->series[i];
        if (!first && strcmp(sum->series[i].series, from->series) != 0) {
            return false;
        }
        struct samples *to = first ? series_get(sum, from->series) : &sum->series[i];
        if (!room_make(to, from->count)) {
            return false;
        }
        if (from->count > 0) {
            memcpy(to->values + to->count, from->values, from->count * sizeof(*from->values));
            to->count += from->count;
        }
    }
    return true;
}

void samples_sort(struct samples *samples) {
    gsl_sort(samples->values, 1, samples->count);
}

double samples_quantile(const struct samples *samples, double fraction) {
    return gsl_stats_quantile_from_sorted_data(samples->values, 1, samples->count, fraction);
}

size_t samples_run(const struct samples *samples, size_t first) {
    size_t end = first + 1;
    while (end < samples->count && samples->values[end] == samples->values[first]) {
        end++;
    }
    return end - first;
}

void samples_set_free(struct samples_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        free(set->series[i].values);
    }
    *set = (struct samples_set){.count = 0};
}
