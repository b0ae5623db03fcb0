// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See coverage.h.
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <tests/coverage/coverage.h>

#define NAME_WIDTH 34

static void *checked(void *memory) {
    if (!memory) {
        fprintf(stderr, "coverage: out of memory\n");
        exit(2);
    }
    return memory;
}

// --- reading

static bool is_wanted(const char *name, const char *const *prefixes) {
    for (; *prefixes; prefixes++)
        if (strncmp(name, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

// The file of that name, made in its place when there is none.
static struct coverage_file *file_at(struct coverage *coverage, const char *name) {
    unsigned at = 0;
    while (at < coverage->file_count && strcmp(coverage->files[at].name, name) < 0)
        at++;
    if (at < coverage->file_count && strcmp(coverage->files[at].name, name) == 0)
        return &coverage->files[at];
    coverage->files =
        checked(realloc(coverage->files, (coverage->file_count + 1) * sizeof(*coverage->files)));
    memmove(&coverage->files[at + 1], &coverage->files[at],
            (coverage->file_count - at) * sizeof(*coverage->files));
    coverage->files[at] = (struct coverage_file){.name = checked(strdup(name))};
    coverage->file_count++;
    return &coverage->files[at];
}

static struct coverage_line *line_at(struct coverage_file *file, unsigned number) {
    if (number > file->line_count) {
        file->lines = checked(realloc(file->lines, (number + 1) * sizeof(*file->lines)));
        unsigned first = file->line_count ? file->line_count + 1 : 0;
        memset(&file->lines[first], 0, (number + 1 - first) * sizeof(*file->lines));
        file->line_count = number;
    }
    return &file->lines[number];
}

static void add_line(struct coverage_file *file, const json_t *json) {
    struct coverage_line *line =
        line_at(file, (unsigned)json_integer_value(json_object_get(json, "line_number")));
    line->is_code = true;
    line->ran |= json_integer_value(json_object_get(json, "count")) > 0;
    const json_t *branches = json_object_get(json, "branches");
    unsigned count = (unsigned)json_array_size(branches);
    if (count > line->branch_count) {
        line->taken = checked(realloc(line->taken, count * sizeof(*line->taken)));
        memset(&line->taken[line->branch_count], 0, (count - line->branch_count) * sizeof(*line->taken));
        line->branch_count = count;
    }
    for (unsigned i = 0; i < count; i++)
        line->taken[i] |= json_integer_value(json_object_get(json_array_get(branches, i), "count")) > 0;
}

bool coverage_read(struct coverage *coverage, FILE *in, const char *const *prefixes) {
    for (;;) {
        int c;
        while ((c = getc(in)) != EOF && isspace(c))
            continue;
        if (c == EOF)
            return true;
        ungetc(c, in);
        json_error_t error;
        json_t *document = json_loadf(in, JSON_DISABLE_EOF_CHECK, &error);
        if (!document) {
            fprintf(stderr, "coverage: what gcov wrote is no JSON: line %d: %s\n", error.line, error.text);
            return false;
        }
        size_t i, j;
        const json_t *source, *line;
        json_array_foreach(json_object_get(document, "files"), i, source) {
            const char *name = json_string_value(json_object_get(source, "file"));
            if (!name || !is_wanted(name, prefixes))
                continue;
            struct coverage_file *file = file_at(coverage, name);
            json_array_foreach(json_object_get(source, "lines"), j, line) add_line(file, line);
        }
        json_decref(document);
    }
}

static bool begins_check(const char *text) {
    text += strspn(text, " \t");
    return strncmp(text, "CHECK(", 6) == 0 || strncmp(text, "DEBUG_CHECK(", 12) == 0;
}

static bool read_source(struct coverage_file *file) {
    FILE *in = fopen(file->name, "r");
    if (!in) {
        fprintf(stderr, "coverage: %s cannot be read: start this in the tree's top folder\n", file->name);
        return false;
    }
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    bool check = false; // within one, which may go over several lines
    for (unsigned number = 1; number <= file->line_count && (length = getline(&text, &room, in)) > 0;
         number++) {
        if (text[length - 1] == '\n')
            text[--length] = 0;
        check = check || begins_check(text);
        file->lines[number].text = checked(strdup(text));
        file->lines[number].is_check = check;
        check = check && length > 0 && text[length - 1] != ';';
    }
    free(text);
    fclose(in);
    return true;
}

bool coverage_read_sources(struct coverage *coverage) {
    for (unsigned i = 0; i < coverage->file_count; i++)
        if (!read_source(&coverage->files[i]))
            return false;
    return true;
}

const struct coverage_file *coverage_find(const struct coverage *coverage, const char *name) {
    for (unsigned i = 0; i < coverage->file_count; i++)
        if (strcmp(coverage->files[i].name, name) == 0)
            return &coverage->files[i];
    return NULL;
}

// --- sums

static unsigned taken_of(const struct coverage_line *line) {
    unsigned taken = 0;
    for (unsigned i = 0; i < line->branch_count; i++)
        taken += line->taken[i];
    return taken;
}

static void add_sum(struct coverage_sum *sum, const struct coverage_file *file) {
    for (unsigned i = 1; i <= file->line_count; i++) {
        const struct coverage_line *line = &file->lines[i];
        sum->lines += line->is_code;
        sum->lines_run += line->is_code && line->ran;
        if (line->is_check) {
            sum->check_branches += line->branch_count;
        } else {
            sum->branches += line->branch_count;
            sum->branches_taken += taken_of(line);
        }
    }
}

struct coverage_sum coverage_sum(const struct coverage_file *file) {
    struct coverage_sum sum = {0};
    add_sum(&sum, file);
    return sum;
}

static struct coverage_sum total_of(const struct coverage *coverage) {
    struct coverage_sum sum = {0};
    for (unsigned i = 0; i < coverage->file_count; i++)
        add_sum(&sum, &coverage->files[i]);
    return sum;
}

// --- report

// Tenths of a percent, rounded down, so that a limit is not met by rounding.
static unsigned tenths(unsigned part, unsigned whole) {
    return whole ? part * 1000u / whole : 1000;
}

static void print_share(FILE *out, unsigned part, unsigned whole) {
    unsigned share = tenths(part, whole);
    fprintf(out, "  %3u.%u %% %5u / %-5u", share / 10, share % 10, part, whole);
}

static void print_row(FILE *out, const char *name, const struct coverage_sum *sum) {
    fprintf(out, "%-*s", NAME_WIDTH, name);
    print_share(out, sum->lines_run, sum->lines);
    print_share(out, sum->branches_taken, sum->branches);
    fprintf(out, "\n");
}

// A run of lines that did not run; lines without code within it belong to it.
static void print_uncovered_lines(const struct coverage_file *file, FILE *out) {
    for (unsigned i = 1; i <= file->line_count; i++) {
        if (!file->lines[i].is_code || file->lines[i].ran)
            continue;
        unsigned last = i;
        for (unsigned j = i; j <= file->line_count && !(file->lines[j].is_code && file->lines[j].ran); j++)
            last = file->lines[j].is_code ? j : last;
        if (last == i)
            fprintf(out, "%s:%u\n", file->name, i);
        else
            fprintf(out, "%s:%u-%u\n", file->name, i, last);
        for (; i <= last; i++)
            fprintf(out, "  %5u  %s\n", i, file->lines[i].text ? file->lines[i].text : "");
    }
}

static void print_uncovered_branches(const struct coverage_file *file, FILE *out) {
    for (unsigned i = 1; i <= file->line_count; i++) {
        const struct coverage_line *line = &file->lines[i];
        unsigned taken = taken_of(line);
        if (!line->is_check && line->ran && taken < line->branch_count)
            fprintf(out, "%s:%u: %u of %u\n  %s\n", file->name, i, line->branch_count - taken,
                    line->branch_count, line->text ? line->text : "");
    }
}

void coverage_print(const struct coverage *coverage, FILE *out) {
    struct coverage_sum total = total_of(coverage);
    fprintf(out, "Lines that did not run:\n");
    for (unsigned i = 0; i < coverage->file_count; i++)
        print_uncovered_lines(&coverage->files[i], out);
    fprintf(
        out,
        "\nBranches not taken, of lines that ran (the conditions of CHECK are not counted: %u branches):\n",
        total.check_branches);
    for (unsigned i = 0; i < coverage->file_count; i++)
        print_uncovered_branches(&coverage->files[i], out);
    fprintf(out, "\n%-*s  %-21s  %s\n", NAME_WIDTH, "file", "lines", "branches");
    for (unsigned i = 0; i < coverage->file_count; i++) {
        struct coverage_sum sum = coverage_sum(&coverage->files[i]);
        if (sum.lines)
            print_row(out, coverage->files[i].name, &sum);
    }
    print_row(out, "total", &total);
}

bool coverage_judge(const struct coverage *coverage, unsigned line_limit, unsigned branch_limit, FILE *out) {
    struct coverage_sum total = total_of(coverage);
    unsigned lines = tenths(total.lines_run, total.lines),
             branches = tenths(total.branches_taken, total.branches);
    bool enough = total.lines > 0 && lines >= line_limit * 10 && branches >= branch_limit * 10;
    fprintf(out, "coverage: %s: lines %u.%u %% (at least %u %%), branches %u.%u %% (at least %u %%)\n",
            enough ? "enough" : "TOO LOW", lines / 10, lines % 10, line_limit, branches / 10, branches % 10,
            branch_limit);
    if (!enough)
        fprintf(out, "mend: write tests for the lines and branches that are listed above the table\n");
    return enough;
}

void coverage_free(struct coverage *coverage) {
    for (unsigned i = 0; i < coverage->file_count; i++) {
        struct coverage_file *file = &coverage->files[i];
        for (unsigned j = 1; j <= file->line_count; j++) {
            free(file->lines[j].taken);
            free(file->lines[j].text);
        }
        free(file->lines);
        free(file->name);
    }
    free(coverage->files);
    *coverage = (struct coverage){0};
}
