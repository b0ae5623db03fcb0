// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The list of target tests; see list.h.
#include "list.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT 60.0

// A section as it is read.
struct section {
    const char *name;
    unsigned line;
    const char *suite, *system, *make, *image, *command, *gic, *cpu, *memory, *machine, *set, *ends, *limit,
        *icount, *start;
    struct {
        const char *key, *value;
        unsigned line;
    } patterns[2 * JOB_MAX_EXPECTS];
    unsigned pattern_count;
};

static const struct {
    const char *name;
    size_t offset;
} section_keys[] = {
    {"suite", offsetof(struct section, suite)},     {"system", offsetof(struct section, system)},
    {"make", offsetof(struct section, make)},       {"image", offsetof(struct section, image)},
    {"command", offsetof(struct section, command)}, {"gic", offsetof(struct section, gic)},
    {"cpu", offsetof(struct section, cpu)},         {"memory", offsetof(struct section, memory)},
    {"machine", offsetof(struct section, machine)}, {"set", offsetof(struct section, set)},
    {"ends", offsetof(struct section, ends)},       {"limit", offsetof(struct section, limit)},
    {"icount", offsetof(struct section, icount)},   {"start", offsetof(struct section, start)},
};

static bool list_fail(const char *path, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool list_fail(const char *path, unsigned line, const char *format, ...) {
    va_list arguments;

    fprintf(stderr, "%s:%u: error: ", path, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return false;
}

static void *list_check(void *memory) {
    if (!memory) {
        fprintf(stderr, "error: this computer has no memory left; close other programs\n");
        exit(1);
    }
    return memory;
}

static char *list_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *list_format(const char *format, ...) {
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    va_end(arguments);
    return list_check(text);
}

// `text` with every {word} replaced; frees nothing.
static char *list_replace(const char *text, const char *word, const char *value) {
    char *result = list_format("%s", text), *found;

    while ((found = strstr(result, word))) {
        char *longer = list_format("%.*s%s%s", (int)(found - result), result, value, found + strlen(word));
        free(result);
        result = longer;
    }
    return result;
}

struct job *list_add_job(struct job **jobs, unsigned *count, const char *name, const char *suite,
                         enum job_kind kind) {
    *jobs = list_check(realloc(*jobs, (*count + 1) * sizeof **jobs));
    struct job *job = &(*jobs)[(*count)++];
    memset(job, 0, sizeof *job);
    job->name = list_format("%s", name);
    job->suite = list_format("%s", suite);
    job->kind = kind;
    job->limit = DEFAULT_LIMIT;
    return job;
}

// "PATTERN => TEXT"; in TEXT \\n is a line's end.
static bool list_add_send(const char *path, unsigned line, struct job *job, const char *value) {
    const char *arrow = strstr(value, " => ");

    if (!arrow) {
        return list_fail(path, line, "send lacks ' => '; write send = PATTERN => TEXT");
    }
    if (job->send_count == JOB_MAX_SENDS) {
        return list_fail(path, line, "more than %d inputs; remove some", JOB_MAX_SENDS);
    }
    struct job_send *send = &job->sends[job->send_count++];
    char *pattern = list_format("%.*s", (int)(arrow - value), value);
    const char *error = job_pattern_set(&send->after, pattern);
    send->text = list_replace(arrow + 4, "\\n", "\n");
    free(pattern);
    return error ? list_fail(path, line, "the pattern is wrong (%s); mend it", error) : true;
}

static bool list_add_patterns(const char *path, const struct section *section, struct job *job) {
    for (unsigned i = 0; i < section->pattern_count; i++) {
        const char *key = section->patterns[i].key, *value = section->patterns[i].value, *error;
        unsigned line = section->patterns[i].line;
        bool expect = strcmp(key, "expect") == 0;
        if (strcmp(key, "send") == 0) {
            if (!list_add_send(path, line, job, value)) {
                return false;
            }
            continue;
        }
        unsigned *used = expect ? &job->expect_count : &job->reject_count;
        if (*used == JOB_MAX_EXPECTS) {
            return list_fail(path, line, "more than %d lines of this kind; remove some", JOB_MAX_EXPECTS);
        }
        error = job_pattern_set(&(expect ? job->expects : job->rejects)[(*used)++], value);
        if (error) {
            return list_fail(path, line, "the pattern is wrong (%s); mend it", error);
        }
    }
    return true;
}

// The build of a test's kernel: its own setting, or that of the run.
static const char *list_build(const struct section *section, const struct list_options *options) {
    return section->set && strstr(section->set, "BUILD=debug") ? "debug" : options->build;
}

// The machine with its words {gic}, {cpu}, {memory}, {name} and {build} replaced.
static char *list_machine(const struct section *section, const struct list_options *options, const char *name,
                          const char *gic, const char *cpu) {
    const char *const words[][2] = {{"{gic}", gic},
                                    {"{cpu}", cpu},
                                    {"{memory}", section->memory ? section->memory : options->memory},
                                    {"{name}", name},
                                    {"{build}", list_build(section, options)}};
    char *machine = list_format("%s", options->machine);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char *longer = list_replace(machine, words[i][0], words[i][1]);
        free(machine);
        machine = longer;
    }
    return machine;
}

// The command of a target test, and what is made for it.
static void list_set_target(const struct section *section, const struct list_options *options,
                            const char *name, const char *gic, const char *cpu, struct job *job) {
    const char *set = section->set ? section->set : "";
    char *out = list_replace(options->out, "{gic}", gic), *image;

    if (section->system) {
        image = list_format("%s/%s.img", options->logs, name);
        job->make_arguments = list_format("%s GIC=%s SYSTEM=%s IMAGE=%s %s image", options->make, gic,
                                          section->system, image, set);
    } else {
        image = list_replace(section->image, "$(OUT)", out);
        char *make = list_replace(section->make, "$(OUT)", out);
        job->make_arguments = list_format("%s GIC=%s %s %s", options->make, gic, set, make);
        free(make);
    }
    char *machine = list_machine(section, options, name, gic, cpu);
    bool icount = !section->icount || strcmp(section->icount, "yes") == 0;
    char *start = list_replace(section->start ? section->start : "-kernel {image}", "{image}", image);
    job->command = list_format("exec %s %s -serial stdio %s %s", machine, icount ? options->icount : "",
                               start, section->machine ? section->machine : "");
    job->image = image;
    job->image_own = section->system != NULL;
    free(start);
    free(machine);
    free(out);
}

// All images are made before or while tests run: two contents under one name would take turns.
static bool list_check_image(const char *path, const struct section *section, const struct job *jobs,
                             const struct job *job) {
    for (const struct job *other = jobs; job->image && other < job; other++) {
        if (other->image && strcmp(other->image, job->image) == 0 &&
            strcmp(other->make_arguments, job->make_arguments) != 0) {
            return list_fail(path, section->line,
                             "the tests %s and %s make the same image in two ways; give one another image =",
                             other->name, job->name);
        }
    }
    return true;
}

static bool list_check_section(const char *path, const struct section *section) {
    if (!section->suite) {
        return list_fail(path, section->line, "the test %s has no suite; add suite = NAME", section->name);
    }
    if (!section->system && !section->command && !(section->make && section->image)) {
        return list_fail(path, section->line,
                         "the test %s runs nothing; add system = NAME, or make = and image =, or command =",
                         section->name);
    }
    if (section->ends && strcmp(section->ends, "exit") != 0 && strcmp(section->ends, "done") != 0) {
        return list_fail(path, section->line, "the test %s: ends = %s is not known; write done or exit",
                         section->name, section->ends);
    }
    return true;
}

// The command of a command test.
static void list_set_command(const struct section *section, const struct list_options *options,
                             const char *gic, struct job *job) {
    char *out = list_replace(options->out, "{gic}", gic);
    char *with_out = list_replace(section->command, "$(OUT)", out);

    job->command = list_replace(with_out, "$(MAKE)", options->make);
    free(with_out);
    free(out);
}

static bool list_add_one(const char *path, const struct section *section, const struct list_options *options,
                         const char *gic, const char *cpu, struct job **jobs, unsigned *count) {
    char *name = section->command ? list_format("%s", section->name)
                 : section->cpu   ? list_format("%s-gic%s-%s", section->name, gic, cpu)
                                  : list_format("%s-gic%s", section->name, gic);
    struct job *job =
        list_add_job(jobs, count, name, section->suite, section->command ? JOB_COMMAND : JOB_TARGET);

    job->must_exit = section->ends && strcmp(section->ends, "exit") == 0;
    job->limit = section->limit ? strtod(section->limit, NULL) : DEFAULT_LIMIT;
    if (section->command) {
        list_set_command(section, options, gic, job);
    } else {
        list_set_target(section, options, name, gic, cpu, job);
    }
    free(name);
    return list_check_image(path, section, *jobs, job) && list_add_patterns(path, section, job);
}

// One job for each GIC and each CPU of the section; when there are several, they are part of its name.
static bool list_add_section(const char *path, const struct section *section,
                             const struct list_options *options, struct job **jobs, unsigned *count) {
    if (!list_check_section(path, section)) {
        return false;
    }
    char *gics = list_format("%s", section->gic ? section->gic : "3"), *gics_left, *cpus_left;
    bool good = true;
    for (char *gic = strtok_r(gics, " ", &gics_left); good && gic; gic = strtok_r(NULL, " ", &gics_left)) {
        char *cpus = list_format("%s", section->cpu ? section->cpu : "cortex-a53");
        for (char *cpu = strtok_r(cpus, " ", &cpus_left); good && cpu;
             cpu = strtok_r(NULL, " ", &cpus_left)) {
            good = list_add_one(path, section, options, gic, cpu, jobs, count);
        }
        free(cpus);
    }
    free(gics);
    return good;
}

static char *list_trim(char *text) {
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1])) {
        text[--length] = 0;
    }
    return text;
}

static bool list_take_setting(const char *path, unsigned line, struct section *section, char *text) {
    char *equals = strchr(text, '=');

    if (!equals || !section->name) {
        return list_fail(path, line,
                         "this is neither [NAME] nor, inside a section, KEY = VALUE; mend the line");
    }
    *equals = 0;
    const char *key = list_trim(text), *value = list_trim(equals + 1);
    if (strcmp(key, "expect") == 0 || strcmp(key, "reject") == 0 || strcmp(key, "send") == 0) {
        if (section->pattern_count == sizeof section->patterns / sizeof section->patterns[0]) {
            return list_fail(path, line, "too many patterns; remove some");
        }
        section->patterns[section->pattern_count].key = key;
        section->patterns[section->pattern_count].value = value;
        section->patterns[section->pattern_count++].line = line;
        return true;
    }
    for (size_t i = 0; i < sizeof section_keys / sizeof section_keys[0]; i++) {
        if (strcmp(section_keys[i].name, key) == 0) {
            *(const char **)((char *)section + section_keys[i].offset) = value;
            return true;
        }
    }
    return list_fail(path, line, "'%s' is not a setting of a test; see the head of the list", key);
}

bool list_parse(const char *path, char *text, const struct list_options *options, struct job **jobs,
                unsigned *count) {
    struct section section = {0};
    unsigned line = 0;
    bool good = true;

    for (char *next; good && text; text = next) {
        next = strchr(text, '\n');
        if (next) {
            *next++ = 0;
        }
        line++;
        char *trimmed = list_trim(text);
        size_t length = strlen(trimmed);
        if (length == 0 || *trimmed == '#') {
            continue;
        }
        if (*trimmed == '[' && trimmed[length - 1] == ']') {
            good = !section.name || list_add_section(path, &section, options, jobs, count);
            trimmed[length - 1] = 0;
            section = (struct section){.name = trimmed + 1, .line = line};
        } else {
            good = list_take_setting(path, line, &section, trimmed);
        }
    }
    return good && (!section.name || list_add_section(path, &section, options, jobs, count));
}

bool list_read(const char *path, const struct list_options *options, struct job **jobs, unsigned *count) {
    FILE *file = fopen(path, "r");
    char *text = list_check(calloc(1, 1 << 20));

    if (!file) {
        fprintf(stderr, "%s: error: the list of tests cannot be opened; check the path\n", path);
        free(text);
        return false;
    }
    size_t got = fread(text, 1, (1 << 20) - 1, file);
    text[got] = 0;
    fclose(file);
    bool good = list_parse(path, text, options, jobs, count);
    free(text); // jobs have copies
    return good;
}
