// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Errors of the host tools; see report.h.
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

static void report_append(struct report *report, const char *text) {
    size_t length = strlen(text);
    report->text = bytes_reallocate(report->text, report->length + length + 1);
    memcpy(report->text + report->length, text, length + 1);
    report->length += length;
}

void report_error(struct report *report, struct position at, const char *format, ...) {
    char message[2048], place[1024] = "";
    va_list arguments;

    if (report->errors++ >= REPORT_MAX_ERRORS) {
        if (report->errors == REPORT_MAX_ERRORS + 1) {
            report_append(report, "error: there are more errors; mend these first\n");
        }
        return;
    }
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (at.file && at.line) {
        snprintf(place, sizeof place, "%s:%u:%u: ", at.file, at.line, at.column);
    } else if (at.file) {
        snprintf(place, sizeof place, "%s: ", at.file);
    }
    report_append(report, place);
    report_append(report, "error: ");
    report_append(report, message);
    report_append(report, "\n");
}

bool report_print(const struct report *report) {
    if (report->text) {
        fputs(report->text, stderr);
    }
    return report->errors != 0;
}

void report_free(struct report *report) {
    free(report->text);
    *report = (struct report){0};
}

// Levenshtein's distance of two short words; words longer than the table are far from everything.
static unsigned word_distance(const char *a, const char *b) {
    enum { LONGEST = 31 };
    unsigned row[LONGEST + 1];
    size_t length_a = strlen(a), length_b = strlen(b);

    if (length_a > LONGEST || length_b > LONGEST) {
        return LONGEST;
    }
    for (size_t j = 0; j <= length_b; j++) {
        row[j] = (unsigned)j;
    }
    for (size_t i = 1; i <= length_a; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= length_b; j++) {
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[length_b];
}

const char *report_nearest(const char *wrong, const char *const *names, size_t count, size_t stride) {
    const char *nearest = NULL;
    unsigned best = strlen(wrong) < 4 ? 2 : 4; // fewer than so many letters differ

    for (size_t i = 0; i < count; i++) {
        const char *name = *(const char *const *)((const char *)names + i * stride);
        unsigned distance = word_distance(wrong, name);
        if (distance < best) {
            best = distance;
            nearest = name;
        }
    }
    return nearest;
}
