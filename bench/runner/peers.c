// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Peers (peers.h). Invariants: 1. a case has an entry for each peer, with figures or with a reason; 2. a boot
// that fails takes the figures of its case with it: a peer's figure is of all boots.
#include <stdlib.h>
#include <string.h>

#include <bench/runner/console.h>
#include <bench/runner/peers.h>
#include <bench/runner/results.h>

#define PREPARE_LIMIT 120.0

// One peer and one case.
struct peer_run {
    const struct config *config;
    const struct bench_case *bench_case;
    const struct tree_layout *layout;
    const struct peers_hooks *hooks;
    const json_t *peer;
    const char *name;
    struct samples_set samples;
    struct boots boots;
};

struct listener {
    struct boot_report report;
    const char *prefix;
};

size_t peers_count(const struct config *config) {
    return json_array_size(config->peers);
}

unsigned peers_boots(const struct config *config) {
    return (unsigned)(config->peer_boots > 0 ? config->peer_boots : config->boots);
}

static const char *member(const json_t *peer, const char *name) {
    const char *text = json_string_value(json_object_get(peer, name));
    return text != NULL ? text : "";
}

json_t *peers_results(const struct config *config) {
    json_t *results = json_array();
    for (size_t i = 0; i < peers_count(config); i++) {
        const json_t *peer = json_array_get(config->peers, i);
        json_array_append_new(results, json_pack("{s:s, s:s, s:[]}", "name", member(peer, "name"), "version",
                                                 member(peer, "version"), "cases"));
    }
    return results;
}

// A peer need not end with its guest: the result is the last line that counts.
static bool line_take(void *context, const char *line) {
    struct listener *listener = context;
    size_t length = strlen(listener->prefix);
    if (strncmp(line, listener->prefix, length) == 0) {
        console_line_take(&listener->report, line + length);
    }
    return !listener->report.has_result && listener->report.failure[0] == '\0';
}

static bool line_ignore(void *context, const char *line) {
    (void)context;
    (void)line;
    return true;
}

// Returns NULL, or what went wrong.
static const char *report_take(struct peer_run *p, const struct boot_report *report, unsigned seed) {
    bool icount = strcmp(p->config->unit, "ticks_1ghz_icount") == 0;
    if (report->failure[0] != '\0') {
        return "its guest failed: see the console's last lines";
    }
    if (!report->has_result || (p->bench_case->samples && report->samples.count == 0)) {
        return "its machine stopped without a result";
    }
    if (report->frequency == 0 || (icount && report->frequency != 1000000000)) {
        return "its guest's counter does not run at 1 GHz";
    }
    if (!samples_add(&p->samples, &report->samples)) {
        return "too many samples, or other series than before";
    }
    struct boot_value value = {.seed = seed,
                               .value = (double)report->ticks * 1e9 / (double)report->frequency};
    boots_add(&p->boots, &value);
    return NULL;
}

static const char *prepare(const struct peer_run *p, unsigned seed, struct machine_run *run) {
    static struct command command;
    const char *wrong = p->hooks->tree_write(p->hooks->context, seed);
    if (wrong != NULL) {
        return wrong;
    }
    if (!command_expand(member(p->peer, "prepare"), p->bench_case->label, NULL, &command)) {
        return "its prepare command in the configuration cannot be used";
    }
    machine_run(command.argv, PREPARE_LIMIT, line_ignore, NULL, run);
    return run->end == MACHINE_ENDED ? NULL : "it could not be prepared";
}

static bool boot(struct peer_run *p, unsigned seed) {
    static struct command command;
    static struct machine_run run;
    struct listener listener = {.prefix = member(p->peer, "prefix")};
    memset(&run, 0, sizeof(run));
    console_report_init(&listener.report, p->bench_case->label);
    p->hooks->progress(p->hooks->context, p->name);
    const char *wrong = prepare(p, seed, &run);
    if (wrong == NULL &&
        !command_expand(member(p->peer, "command"), p->bench_case->label, p->layout, &command)) {
        wrong = "its command in the configuration cannot be used";
    }
    if (wrong == NULL) {
        machine_run(command.argv, p->config->time_limit, line_take, &listener, &run);
        wrong = run.end == MACHINE_TIMED_OUT ? "no end before the time limit"
                                             : report_take(p, &listener.report, seed);
    }
    p->hooks->booted(p->hooks->context, run.seconds);
    if (wrong != NULL && run.end != MACHINE_INTERRUPTED) {
        p->hooks->failed(p->hooks->context, p->name, (int)seed, wrong, &run);
    }
    console_report_free(&listener.report);
    return wrong == NULL;
}

// Why the peer does not run the case, or NULL.
static const char *exception(const struct peer_run *p) {
    const json_t *except = json_object_get(p->peer, "except");
    const char *reason = json_string_value(json_object_get(except, p->bench_case->label));
    return reason != NULL ? reason : json_string_value(json_object_get(except, p->bench_case->suite));
}

static void reason_add(const struct peer_run *p, json_t *cases, const char *reason) {
    json_array_append_new(cases, json_pack("{s:s, s:s, s:s}", "suite", p->bench_case->suite, "name",
                                           p->bench_case->name, "reason", reason));
}

static void figures_add(struct peer_run *p, json_t *cases) {
    struct samples none = {.count = 0};
    if (!p->bench_case->samples) {
        struct summary summary = boots_summarise(&p->boots);
        json_array_append_new(cases,
                              json_pack("{s:s, s:s, s:o}", "suite", p->bench_case->suite, "name",
                                        p->bench_case->name, "virt", results_summary(&summary, &none)));
        return;
    }
    for (size_t i = 0; i < p->samples.count; i++) {
        struct samples *series = &p->samples.series[i];
        char name[CASE_LABEL_MAX + SAMPLES_SERIES_NAME];
        snprintf(name, sizeof(name), "%s%s%s", p->bench_case->name, i > 0 ? "-" : "",
                 i > 0 ? series->series : "");
        struct summary summary = statistics_summarise(series->values, series->count);
        json_array_append_new(cases, json_pack("{s:s, s:s, s:o}", "suite", p->bench_case->suite, "name", name,
                                               "virt", results_summary(&summary, series)));
    }
}

size_t peers_measure(const struct config *config, const struct bench_case *bench_case,
                     const struct tree_layout *layout, const struct peers_hooks *hooks, json_t *results) {
    static struct peer_run p;
    size_t failed = 0;
    for (size_t i = 0; i < peers_count(config) && machine_signal() == 0; i++) {
        const json_t *peer = json_array_get(config->peers, i);
        json_t *cases = json_object_get(json_array_get(results, i), "cases");
        p = (struct peer_run){
            config, bench_case, layout, hooks, peer, member(peer, "name"), .boots = {.count = 0}};
        const char *reason = exception(&p);
        unsigned good = 0, boots = reason == NULL ? peers_boots(config) : 0;
        while (good < boots && machine_signal() == 0 && boot(&p, (unsigned)config->first_seed + good)) {
            good++;
        }
        if (good == boots && boots > 0) {
            figures_add(&p, cases);
        } else {
            reason_add(&p, cases, reason != NULL ? reason : "it failed: see the invalid runs");
            failed += boots > 0;
        }
        samples_set_free(&p.samples);
    }
    return failed;
}

static const json_t *case_find(const json_t *peer, const char *suite, const char *name) {
    const json_t *cases = json_object_get(peer, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        if (strcmp(member(c, "suite"), suite) == 0 && strcmp(member(c, "name"), name) == 0) {
            return c;
        }
    }
    return NULL;
}

void peers_print(const json_t *results, FILE *out) {
    const json_t *cases = json_object_get(json_array_get(results, 0), "cases");
    if (json_array_size(cases) == 0) {
        return;
    }
    fprintf(out, "%-30s", "peers: median");
    for (size_t i = 0; i < json_array_size(results); i++) {
        fprintf(out, " %15s", member(json_array_get(results, i), "name"));
    }
    fprintf(out, "\n");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        char label[2 * CASE_LABEL_MAX];
        snprintf(label, sizeof(label), "%s-%s", member(c, "suite"), member(c, "name"));
        fprintf(out, "%-30s", label);
        for (size_t j = 0; j < json_array_size(results); j++) {
            const json_t *found =
                case_find(json_array_get(results, j), member(c, "suite"), member(c, "name"));
            const json_t *median = json_object_get(json_object_get(found, "virt"), "median");
            if (median != NULL) {
                fprintf(out, " %15.0f", json_number_value(median));
            } else {
                fprintf(out, " %15s", "-");
            }
        }
        fprintf(out, "\n");
    }
    fprintf(out, "\n");
}
