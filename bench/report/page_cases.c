// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The sections of the suites: figures, overheads, what explains them, plots; and the peers.
#include <math.h>
#include <string.h>

#include <bench/report/figures.h>
#include <bench/report/html.h>
#include <bench/report/page.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const side_titles[SIDES] = {"native", "guest"};
static const char *const dash = "\xe2\x80\x93";

static bool is_in(const struct data_case *c, const char *suite) {
    return strcmp(c->suite, suite) == 0;
}

static bool suite_has_tail(const struct data *data, const char *suite) {
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        if (is_in(c, suite) && (c->side[NATIVE].has_tail || c->side[VIRT].has_tail)) {
            return true;
        }
    }
    return false;
}

// Whole numbers as such; the others with a digit or three that say something.
static int decimals_of(double value) {
    return value == floor(value) || fabs(value) >= 1e6 ? 0 : fabs(value) >= 1e3 ? 1 : 3;
}

static void number(FILE *out, double value) {
    html_cell_number(out, value, decimals_of(value));
}

static void signed_number(FILE *out, double value, int decimals) {
    char text[512];
    html_number(text, sizeof(text), value, decimals, 1);
    html_cell(out, "%s", text);
}

static void figure_row(FILE *out, const char *name, const char *side, const struct figure *figure,
                       bool tail) {
    const struct summary *s = &figure->summary;
    html_row_begin(out, name);
    html_cell_text(out, "%s", side);
    number(out, (double)s->n);
    number(out, s->min);
    number(out, s->q1);
    number(out, s->median);
    number(out, s->mean);
    number(out, s->q3);
    if (tail && figure->has_tail) {
        number(out, figure->p99);
        number(out, figure->p999);
    } else if (tail) {
        html_cell(out, "%s", dash);
        html_cell(out, "%s", dash);
    }
    number(out, s->max);
    number(out, s->stddev);
    html_row_end(out);
}

static void figures_table(const struct data *data, const char *suite, FILE *out) {
    static const char *const heads[] = {"<case",  "<side", "n",          "minimum",          "quartile 1",
                                        "median", "mean",  "quartile 3", "maximum observed", "deviation"};
    static const char *const tail_heads[] = {
        "<case", "<side",      "n",   "minimum", "quartile 1",       "median",
        "mean",  "quartile 3", "p99", "p99.9",   "maximum observed", "deviation"};
    bool tail = suite_has_tail(data, suite);
    char caption[256];
    snprintf(caption, sizeof(caption), "%s: figures in %s (n: %s)", suite, data_unit_name(data),
             tail ? "samples of all boots" : "boots");
    html_table_begin(out, caption, tail ? tail_heads : heads, tail ? COUNT(tail_heads) : COUNT(heads));
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        for (size_t side = 0; is_in(c, suite) && side < SIDES; side++) {
            if (c->side[side].summary.n > 0) {
                figure_row(out, c->name, side_titles[side], &c->side[side], tail);
            }
        }
    }
    html_table_end(out);
}

static void interval_cell(FILE *out, const struct data_case *c) {
    char low[128], high[128];
    if (!c->has_ci95) {
        html_cell(out, "%s", dash);
        return;
    }
    html_number(low, sizeof(low), c->ci95_low, 3, 1);
    html_number(high, sizeof(high), c->ci95_high, 3, 1);
    html_cell(out, "%s to %s", low, high);
}

static void overheads_table(const struct data *data, const char *suite, FILE *out) {
    char caption[256], difference[64];
    snprintf(difference, sizeof(difference), "guest \xe2\x88\x92 native, %s", data_unit_name(data));
    const char *const heads[] = {
        "<case", "overhead of the mean, %", "95 % interval, %", "overhead of the median, %", difference,
        "boots"};
    bool any = false;
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        if (!is_in(c, suite) || !c->has_overhead) {
            continue;
        }
        if (!any) {
            snprintf(caption, sizeof(caption), "%s: overhead of the guest over native", suite);
            html_table_begin(out, caption, heads, COUNT(heads));
            any = true;
        }
        const struct summary *native = &c->side[NATIVE].summary, *virt = &c->side[VIRT].summary;
        double median = c->has_median ? c->overhead_median : statistics_overhead_median(native, virt);
        html_row_begin(out, c->name);
        signed_number(out, c->overhead, 3);
        interval_cell(out, c);
        signed_number(out, median, 3);
        signed_number(out, virt->mean - native->mean, decimals_of(virt->mean - native->mean));
        html_cell(out, "%zu + %zu", c->boots[NATIVE].count, c->boots[VIRT].count);
        html_row_end(out);
    }
    if (any) {
        html_table_end(out);
    }
}

// Columns of causes that no case of the suite has are left out.
static void explanation_table(const struct data *data, const char *suite, FILE *out) {
    const char *heads[1 + INSTRUCTION_LEVELS + EXIT_CAUSES] = {"<case"};
    bool shown[EXIT_CAUSES] = {false}, operations = figures_are_operations(data, suite);
    size_t count = 1, cases = 0;
    char caption[256];
    for (size_t i = 0; i < INSTRUCTION_LEVELS; i++) {
        heads[count++] = data_level_names[i];
    }
    for (size_t i = 0; i < data->case_count; i++) {
        cases += is_in(&data->cases[i], suite) && data->cases[i].side[VIRT].summary.n > 0;
        for (size_t j = 0; j < EXIT_CAUSES && is_in(&data->cases[i], suite); j++) {
            shown[j] = shown[j] || data->cases[i].exits[j] > 0.0;
        }
    }
    for (size_t j = 0; j < EXIT_CAUSES; j++) {
        if (shown[j]) {
            heads[count++] = data_exit_names[j];
        }
    }
    if (cases == 0) {
        return;
    }
    snprintf(caption, sizeof(caption), "%s: the guest's instructions by level, and its exits by cause (%s)",
             suite, operations ? "of one operation" : "means of a boot");
    html_table_begin(out, caption, heads, count);
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        double divisor = operations && c->operations > 0.0 ? c->operations : 1.0;
        if (!is_in(c, suite) || c->side[VIRT].summary.n == 0) {
            continue;
        }
        html_row_begin(out, c->name);
        for (size_t j = 0; j < INSTRUCTION_LEVELS; j++) {
            html_cell_number(out, c->instructions[j] / divisor, operations ? 1 : 0);
        }
        for (size_t j = 0; j < EXIT_CAUSES; j++) {
            if (shown[j]) {
                html_cell_number(out, c->exits[j] / divisor, operations ? 2 : 0);
            }
        }
        html_row_end(out);
    }
    html_table_end(out);
}

bool page_write_suites(const struct data *data, const struct plots *plots, FILE *out) {
    const char *suites[DATA_CASES_MAX];
    char section[NAME_BYTES + 8];
    bool good = true;
    size_t count = figures_suites(data, suites, DATA_CASES_MAX);
    for (size_t i = 0; i < count; i++) {
        fputs("<h3>", out);
        html_text(out, suites[i]);
        fputs("</h3>\n", out);
        snprintf(section, sizeof(section), "suite %s", suites[i]);
        if (!figures_are_operations(data, suites[i])) {
            overheads_table(data, suites[i], out);
        }
        good = plots_embed(plots, section, out) && good;
        figures_table(data, suites[i], out);
        explanation_table(data, suites[i], out);
    }
    return good;
}

static const struct data_peer_case *peer_find(const struct data_peer *peer, const struct data_case *c) {
    for (size_t i = 0; i < peer->count; i++) {
        if (strcmp(peer->cases[i].suite, c->suite) == 0 && strcmp(peer->cases[i].name, c->name) == 0) {
            return &peer->cases[i];
        }
    }
    return NULL;
}

static void peer_cell(FILE *out, const struct data_case *c, const struct figure *figure) {
    char value[128], overhead[128];
    double shown = c->operations > 0.0 ? figure->summary.median : figure->summary.mean;
    double native = c->operations > 0.0 ? c->side[NATIVE].summary.median : c->side[NATIVE].summary.mean;
    html_number(value, sizeof(value), shown, decimals_of(shown), 0);
    if (c->operations > 0.0 || c->side[NATIVE].summary.n == 0 || native == 0.0) {
        html_cell(out, "%s", value);
    } else {
        html_number(overhead, sizeof(overhead), (shown - native) / native * 100.0, 3, 1);
        html_cell(out, "%s (%s %%)", value, overhead);
    }
}

static void reasons_write(const struct data *data, FILE *out) {
    bool any = false;
    for (size_t i = 0; i < data->peer_count; i++) {
        for (size_t j = 0; j < data->peers[i].count; j++) {
            const struct data_peer_case *c = &data->peers[i].cases[j];
            if (c->reason == NULL) {
                continue;
            }
            fputs(any ? "" : "<ul>\n", out);
            any = true;
            fputs("<li>", out);
            html_print(out, "%s, %s-%s: %s", data->peers[i].name, c->suite, c->name, c->reason);
            fputs("</li>\n", out);
        }
    }
    fputs(any ? "</ul>\n" : "", out);
}

void page_write_peers(const struct data *data, FILE *out) {
    const char *heads[3 + DATA_PEERS_MAX] = {"<case", "native", "Glacis"};
    char titles[DATA_PEERS_MAX][2 * NAME_BYTES + 64], caption[256];
    if (data->peer_count == 0) {
        fputs("<p>No other hypervisor ran. <code>make bench PEERS=\"xen kvm\"</code> measures them with the "
              "same "
              "guests.</p>\n",
              out);
        return;
    }
    for (size_t i = 0; i < data->peer_count; i++) {
        snprintf(titles[i], sizeof(titles[i]), "%s %.100s", data->peers[i].name, data->peers[i].version);
        heads[3 + i] = titles[i];
    }
    snprintf(caption, sizeof(caption),
             "Means (of single operations: medians) in %s, and overheads over native", data_unit_name(data));
    html_table_begin(out, caption, heads, 3 + data->peer_count);
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        html_row_begin(out, c->label);
        for (size_t side = 0; side < SIDES; side++) {
            if (c->side[side].summary.n == 0) {
                html_cell(out, "%s", dash);
            } else if (side == NATIVE) {
                const struct summary *s = &c->side[side].summary;
                number(out, c->operations > 0.0 ? s->median : s->mean);
            } else {
                peer_cell(out, c, &c->side[side]);
            }
        }
        for (size_t j = 0; j < data->peer_count; j++) {
            const struct data_peer_case *peer = peer_find(&data->peers[j], c);
            if (peer == NULL || peer->figure.summary.n == 0) {
                html_cell(out, "%s", dash);
            } else {
                peer_cell(out, c, &peer->figure);
            }
        }
        html_row_end(out);
    }
    html_table_end(out);
    reasons_write(data, out);
}
