// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See samples.h. The program's samples may come in any order of series; each series has its own line.
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include <bench/suite/samples.h>

#define SERIES_MAX 4
#define NAME_BYTES 16
#define LINE_MOST  120 // Xen's console breaks longer lines
#define WORD_BYTES 48

struct series {
    char name[NAME_BYTES];
    uint64_t value, count;    // the samples that are not in the line yet
    char line[2 * LINE_MOST]; // nothing, or begun
    size_t used;
};

struct printer {
    const char *label;
    FILE *out;
    uint64_t frequency;
    struct series series[SERIES_MAX];
    size_t series_count;
};

static void line_end(const struct printer *p, struct series *s) {
    if (s->used > 0) {
        fprintf(p->out, "%s\n", s->line);
    }
    s->used = 0;
}

static void word_end(const struct printer *p, struct series *s) {
    char word[WORD_BYTES], count[24] = "";
    if (s->count == 0) {
        return;
    }
    if (s->count > 1) {
        snprintf(count, sizeof(count), "*%" PRIu64, s->count);
    }
    size_t length = (size_t)snprintf(word, sizeof(word), " %" PRIu64 "%s", s->value, count);
    if (s->used + length > LINE_MOST) {
        line_end(p, s);
    }
    if (s->used == 0) {
        s->used = (size_t)snprintf(s->line, sizeof(s->line), "@samples %s %s freq=%" PRIu64, p->label,
                                   s->name, p->frequency);
    }
    s->used += (size_t)snprintf(s->line + s->used, sizeof(s->line) - s->used, "%s", word);
    s->count = 0;
}

static const char *sample_add(struct printer *p, const char *name, uint64_t value, uint64_t count) {
    struct series *s = p->series;
    while (s < p->series + p->series_count && strcmp(s->name, name) != 0) {
        s++;
    }
    if (s == p->series + SERIES_MAX) {
        return "it printed too many series";
    }
    if (s == p->series + p->series_count) {
        p->series_count++;
        snprintf(s->name, sizeof(s->name), "%s", name);
    }
    if (s->count > 0 && s->value != value) {
        word_end(p, s);
    }
    s->value = value;
    s->count += count;
    return NULL;
}

static const char *line_take(struct printer *p, const char *line) {
    char name[NAME_BYTES];
    uint64_t value, count;
    if (sscanf(line, "frequency %" SCNu64, &value) == 1) {
        p->frequency = value;
    } else if (sscanf(line, "# Histogram Overflows: %" SCNu64, &value) == 1 && value != 0) {
        return "a sample is above cyclictest's histogram";
    } else if (sscanf(line, "%15[a-z] %" SCNu64, name, &value) == 2) {
        return sample_add(p, name, value, 1);
    } else if (sscanf(line, "%" SCNu64 " %" SCNu64, &value, &count) == 2 && count > 0) {
        return sample_add(p, "latency", value, count);
    }
    return NULL;
}

const char *samples_print(const char *label, FILE *in, FILE *out) {
    static struct printer printer;
    char line[256];
    const char *error = NULL;
    printer = (struct printer){.label = label, .out = out, .frequency = 1000000000};
    while (error == NULL && fgets(line, sizeof(line), in) != NULL) {
        error = line_take(&printer, line);
    }
    if (error == NULL && printer.series_count == 0) {
        error = "it printed no samples";
    }
    for (size_t i = 0; error == NULL && i < printer.series_count; i++) {
        word_end(&printer, &printer.series[i]);
        line_end(&printer, &printer.series[i]);
    }
    return error;
}
