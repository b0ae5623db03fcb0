// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The marker recogniser: collects a line while it can still be a marker, forgets it otherwise. A byte of an
// ordinary line costs two comparisons.
#include <lib/base/format.h>
#include <lib/base/string.h>
#include <vmm/core/bench.h>

static const char marker[] = "@bench ";

void bench_init(struct bench *bench, void (*sample)(void *context, bool begins, struct bench_sample *sample),
                void *context) {
    memset(bench, 0, sizeof(*bench));
    bench->sample = sample;
    bench->context = context;
}

static struct bench_case *bench_find_case(struct bench *bench, const char *name) {
    for (unsigned i = 0; i < bench->case_count; i++)
        if (strcmp(bench->cases[i].name, name) == 0)
            return &bench->cases[i];
    return NULL;
}

// Beginning a case again starts it anew. A case beyond the table is not measured.
static void bench_begin(struct bench *bench, const char *name) {
    struct bench_case *found = bench_find_case(bench, name);
    if (!found) {
        if (bench->case_count == BENCH_MAX_CASES)
            return;
        found = &bench->cases[bench->case_count++];
        format_buffer(found->name, sizeof(found->name), "%s", name);
    }
    found->state = BENCH_OPEN;
    bench->sample(bench->context, true, &found->sum);
}

static void bench_end(struct bench *bench, const char *name) {
    struct bench_case *found = bench_find_case(bench, name);
    if (!found || found->state != BENCH_OPEN)
        return;
    struct bench_sample now;
    bench->sample(bench->context, false, &now);
    for (unsigned i = 0; i < BENCH_INSTRUCTION; i++)
        found->sum.instructions[i] = now.instructions[i] - found->sum.instructions[i];
    for (unsigned i = 0; i < GLACIS_CAUSE_COUNT; i++)
        found->sum.exits[i] = now.exits[i] - found->sum.exits[i];
    found->state = BENCH_DONE;
}

void bench_begin_boot(struct bench *bench) {
    bench_begin(bench, BENCH_BOOT);
}

// A name is of letters, digits, `-`, `_`, `.` and `/`: it stands in JSON without escapes.
static bool bench_name_is_valid(const char *name) {
    size_t length = 0;
    for (; name[length]; length++) {
        char c = name[length];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_' && c != '.' && c != '/')
            return false;
    }
    return length > 0 && length < BENCH_NAME_BYTES;
}

static void bench_take_line(struct bench *bench) {
    const char *rest = bench->line + sizeof(marker) - 1;
    bool begin = strncmp(rest, "begin ", 6) == 0, end = strncmp(rest, "end ", 4) == 0;
    const char *name = rest + (begin ? 6 : 4);
    if ((!begin && !end) || !bench_name_is_valid(name))
        return;
    if (begin)
        bench_begin(bench, name);
    else
        bench_end(bench, name);
}

void bench_feed(struct bench *bench, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char c = (char)bytes[i];
        if (bench->returned && c != '\n' && c != '\r')
            bench->line_used = 0; // what follows writes over the line
        bench->returned = c == '\r';
        if (bench->returned)
            continue; // the line ends with the newline: then the console has it whole
        if (c == '\n') {
            if (bench->line_used >= sizeof(marker) - 1 && bench->line_used < BENCH_LINE_BYTES) {
                bench->line[bench->line_used] = '\0';
                bench_take_line(bench);
            }
            bench->line_used = 0;
        } else if (bench->line_used != BENCH_IGNORED) {
            bool fits = bench->line_used < BENCH_LINE_BYTES - 1 &&
                        (bench->line_used >= sizeof(marker) - 1 || c == marker[bench->line_used]);
            if (fits)
                bench->line[bench->line_used++] = c;
            else
                bench->line_used = BENCH_IGNORED;
        }
    }
}

// Text that grows in a buffer; `used` may exceed `size`, then it did not fit.
struct text {
    char *buffer;
    size_t size, used;
};

static void text_put_pairs(struct text *text, const char *title, const char *const *names,
                           const uint64_t *values, unsigned count) {
    for (unsigned i = 0; i < count && text->used < text->size; i++)
        text->used += format_buffer(text->buffer + text->used, text->size - text->used, "%s%s\"%s\":%lu%s",
                                    i ? "," : title, i ? "" : "{", names[i], (unsigned long)values[i],
                                    i + 1 == count ? "}" : "");
}

static const char *const instruction_names[BENCH_INSTRUCTION] = {"guest_user", "guest_kernel", "vmm",
                                                                 "kernel"};
static const char *const cause_names[GLACIS_CAUSE_COUNT] = {
    [GLACIS_CAUSE_IRQ] = "irq",         [GLACIS_CAUSE_MMIO] = "mmio",
    [GLACIS_CAUSE_HVC] = "hvc",         [GLACIS_CAUSE_SMC] = "smc",
    [GLACIS_CAUSE_SYSREG] = "sysreg",   [GLACIS_CAUSE_WFX] = "wfx",
    [GLACIS_CAUSE_SGI] = "sgi",         [GLACIS_CAUSE_MAINTENANCE] = "maintenance",
    [GLACIS_CAUSE_PREEMPT] = "preempt", [GLACIS_CAUSE_OTHER] = "other",
};

size_t bench_format(const struct bench *bench, const char *vm_name, uint64_t first_entry_instructions,
                    char *buffer, size_t size) {
    struct text text = {buffer, size, 0};
    text.used = format_buffer(buffer, size, "@stats {\"vm\":\"%s\",\"cases\":[", vm_name);
    unsigned written = 0;
    for (unsigned i = 0; i < bench->case_count && text.used < size; i++) {
        const struct bench_case *each = &bench->cases[i];
        if (each->state != BENCH_DONE)
            continue;
        text.used += format_buffer(buffer + text.used, size - text.used, "%s{\"name\":\"%s\",",
                                   written++ ? "," : "", each->name);
        text_put_pairs(&text, "\"instructions\":", instruction_names, each->sum.instructions,
                       BENCH_INSTRUCTION);
        text_put_pairs(&text, ",\"exits\":", cause_names, each->sum.exits, GLACIS_CAUSE_COUNT);
        if (text.used < size)
            text.used += format_buffer(buffer + text.used, size - text.used, "}");
    }
    if (text.used < size)
        text.used +=
            format_buffer(buffer + text.used, size - text.used, "],\"first_entry_instructions\":%lu}\n",
                          (unsigned long)first_entry_instructions);
    return text.used < size ? text.used : 0;
}
