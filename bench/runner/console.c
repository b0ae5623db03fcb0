// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The parser of a boot's console. A malformed line of ours is a failure of the boot, never a silent zero.
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <bench/runner/console.h>

const char *const instruction_names[INSTRUCTIONS_COUNT] = {"guest_user", "guest_kernel", "vmm", "kernel"};
const char *const exit_names[EXITS_COUNT] = {"irq", "mmio", "hvc",         "smc",     "sysreg",
                                             "wfx", "sgi",  "maintenance", "preempt", "other"};

void console_report_init(struct boot_report *report, const char *label) {
    memset(report, 0, sizeof(*report));
    snprintf(report->label, sizeof(report->label), "%s", label);
}

void console_report_free(struct boot_report *report) {
    free(report->tree_text);
    report->tree_text = NULL;
    samples_set_free(&report->samples);
}

// The first failure is the cause; later ones follow from it.
static void fail(struct boot_report *report, const char *what, const char *line) {
    if (report->failure[0] == '\0') {
        snprintf(report->failure, sizeof(report->failure), "%s%s", what, line);
    }
}

// A checksum comes before the result.
static void checksum_take(struct boot_report *report, const char *text) {
    char label[CASE_LABEL_MAX];
    if (sscanf(text, "%63s %16" SCNx64, label, &report->checksum) != 2 || strcmp(label, report->label) != 0) {
        report->checksum = 0;
        fail(report, "malformed @checksum, or of another case: ", text);
    }
}

static void checksum_verify(struct boot_report *report) {
    const struct bench_case *bench_case = cases_find(report->label);
    if (bench_case != NULL && bench_case->checksum != report->checksum) {
        char what[160];
        snprintf(what, sizeof(what),
                 "the checksum is %016" PRIx64 ", not %016" PRIx64
                 " as in bench/suite/cases.def: the program did other work, or computed wrongly",
                 report->checksum, bench_case->checksum);
        fail(report, what, "");
    }
}

static void result_take(struct boot_report *report, const char *text) {
    char label[CASE_LABEL_MAX];
    uint64_t ticks, frequency;
    if (sscanf(text, "%63s ticks=%" SCNu64 " freq=%" SCNu64, label, &ticks, &frequency) != 3 ||
        frequency == 0) {
        fail(report, "malformed @result: ", text);
        return;
    }
    if (strcmp(label, report->label) != 0) {
        fail(report, "@result of another case: ", text);
        return;
    }
    checksum_verify(report);
    report->has_result = true;
    report->ticks = ticks;
    report->frequency = frequency;
}

static void samples_line_take(struct boot_report *report, const char *text) {
    size_t length = strlen(report->label);
    const char *wrong = strncmp(text, report->label, length) == 0 && text[length] == ' '
                            ? samples_take(&report->samples, text + length + 1)
                            : "of another case";
    if (wrong != NULL) {
        char what[64];
        snprintf(what, sizeof(what), "malformed @samples (%s): ", wrong);
        fail(report, what, text);
    }
}

static bool members_take(const json_t *object, const char *const *names, size_t count, uint64_t *values) {
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, names[i]);
        if (!json_is_integer(value) || json_integer_value(value) < 0) {
            return false;
        }
        values[i] = (uint64_t)json_integer_value(value);
    }
    return true;
}

// Whether `name` is what the case of the label is called when nothing is in it: its first hyphen is a slash.
static bool is_empty_case(const char *name, const char *label) {
    const char *hyphen = strchr(label, '-');
    size_t at = hyphen != NULL ? (size_t)(hyphen - label) : 0;
    return hyphen != NULL && strlen(name) == strlen(label) && strncmp(name, label, at) == 0 &&
           name[at] == '/' && strcmp(name + at + 1, hyphen + 1) == 0;
}

static bool counts_take(const json_t *object, struct counts *counts) {
    counts->boots = 1;
    return members_take(json_object_get(object, "instructions"), instruction_names, INSTRUCTIONS_COUNT,
                        counts->instructions) &&
           members_take(json_object_get(object, "exits"), exit_names, EXITS_COUNT, counts->exits);
}

static void values_subtract(uint64_t *values, const uint64_t *less, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] -= less[i] < values[i] ? less[i] : values[i];
    }
}

static void stats_take(struct boot_report *report, const char *text) {
    json_t *root = json_loads(text, 0, NULL);
    const json_t *cases = json_object_get(root, "cases");
    struct counts counts = {0}, empty = {0};
    bool valid = json_is_array(cases);
    for (size_t i = 0; valid && i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        const char *name = json_string_value(json_object_get(c, "name"));
        if (name != NULL && strcmp(name, report->label) == 0) {
            valid = counts_take(c, &counts);
        } else if (name != NULL && is_empty_case(name, report->label)) {
            valid = counts_take(c, &empty);
        }
    }
    if (!valid || root == NULL) {
        fail(report, "malformed @stats: ", text);
    } else if (counts.boots != 0) {
        values_subtract(counts.instructions, empty.instructions, INSTRUCTIONS_COUNT);
        values_subtract(counts.exits, empty.exits, EXITS_COUNT);
        report->counts = counts;
    }
    json_decref(root);
}

static void tree_append(struct boot_report *report, const char *line) {
    size_t length = strlen(line);
    if (report->tree_length + length > TREE_TEXT_MAX) {
        fail(report, "the device tree is larger than 1.5 MiB", "");
        return;
    }
    char *text = realloc(report->tree_text, report->tree_length + length + 1);
    if (text == NULL) {
        fail(report, "out of memory", "");
        return;
    }
    memcpy(text + report->tree_length, line, length + 1);
    report->tree_text = text;
    report->tree_length += length;
}

// If the line has the word, returns what follows it. A message of the guest without a line end may stand
// before.
static const char *after(const char *line, const char *word) {
    const char *found = strstr(line, word);
    return found != NULL ? found + strlen(word) : NULL;
}

void console_line_take(struct boot_report *report, const char *line) {
    const char *text;
    if (after(line, "@tree end") != NULL) {
        report->in_tree = false;
    } else if (report->in_tree) {
        tree_append(report, line);
    } else if (after(line, "@tree begin") != NULL) {
        report->in_tree = true;
    } else if ((text = after(line, "@result ")) != NULL) {
        result_take(report, text);
    } else if ((text = after(line, "@checksum ")) != NULL) {
        checksum_take(report, text);
    } else if ((text = after(line, "@samples ")) != NULL) {
        samples_line_take(report, text);
    } else if ((text = after(line, "@stats ")) != NULL) {
        stats_take(report, text);
    } else if ((text = after(line, "@fail ")) != NULL) {
        fail(report, text, "");
    } else if ((text = after(line, "@kernel ")) != NULL) {
        snprintf(report->kernel, sizeof(report->kernel), "%.64s", text);
    } else if ((text = after(line, "@clock ")) != NULL) {
        snprintf(report->clock, sizeof(report->clock), "%.64s", text);
    } else if (strncmp(line, "root: system ", 13) == 0 && (text = after(line, " objects, ")) != NULL) {
        report->free_kib = strtoull(text, NULL, 10);
    } else if ((text = after(line, "@fdt ")) != NULL) {
        snprintf(report->tree_hash, sizeof(report->tree_hash), "%.64s", text);
    }
}

static int base64_value(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

uint8_t *console_tree_decode(const struct boot_report *report, size_t *size) {
    uint8_t *bytes = report->tree_length > 0 ? malloc(report->tree_length) : NULL;
    uint32_t bits = 0;
    unsigned count = 0;
    *size = 0;
    for (size_t i = 0; bytes != NULL && i < report->tree_length; i++) {
        int value = base64_value(report->tree_text[i]);
        if (value < 0) {
            continue;
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[(*size)++] = (uint8_t)(bits >> count);
        }
    }
    return bytes;
}
