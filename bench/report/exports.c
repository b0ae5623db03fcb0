// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See exports.h. Names need no quoting (data.h, invariant 1); other text is escaped.
#include <string.h>

#include <bench/report/exports.h>
#include <bench/report/html.h>
#include <bench/report/verdict.h>

static const char *const side_words[SIDES] = {"native", "guest"};

static void side_csv(const struct data *data, const struct data_case *c, size_t side, FILE *out) {
    const struct figure *f = &c->side[side];
    const struct summary *s = &f->summary;
    fprintf(out, "%s,%s,%s,%s,%s,%zu,%.15g,%.15g,%.15g,%.15g,%.15g,%.15g,%.15g,", c->suite, c->name,
            c->metric, data_unit_name(data), side_words[side], s->n, s->min, s->q1, s->median, s->mean, s->q3,
            s->max, s->stddev);
    if (f->has_tail) {
        fprintf(out, "%.15g,%.15g,", f->p99, f->p999);
    } else {
        fprintf(out, ",,");
    }
    bool guest = side == VIRT, overhead = guest && c->has_overhead;
    overhead ? fprintf(out, "%.15g,", c->overhead) : fprintf(out, ",");
    overhead && c->has_ci95 ? fprintf(out, "%.15g,%.15g", c->ci95_low, c->ci95_high) : fprintf(out, ",");
    for (size_t i = 0; i < INSTRUCTION_LEVELS; i++) {
        guest ? fprintf(out, ",%.15g", c->instructions[i]) : fprintf(out, ",");
    }
    for (size_t i = 0; i < EXIT_CAUSES; i++) {
        guest ? fprintf(out, ",%.15g", c->exits[i]) : fprintf(out, ",");
    }
    guest ? fprintf(out, ",%.15g\r\n", c->operations) : fprintf(out, ",\r\n");
}

void exports_write_cases_csv(const struct data *data, FILE *out) {
    fprintf(
        out,
        "suite,name,metric,unit,side,n,min,q1,median,mean,q3,max_observed,stddev,p99,p99.9,overhead_percent,"
        "ci95_low_percent,ci95_high_percent,instructions_guest_user,instructions_guest_kernel,instructions_"
        "vmm,"
        "instructions_kernel");
    for (size_t i = 0; i < EXIT_CAUSES; i++) {
        fprintf(out, ",exits_%s", data_exit_names[i]);
    }
    fprintf(out, ",operations\r\n");
    for (size_t i = 0; i < data->case_count; i++) {
        for (size_t side = 0; side < SIDES; side++) {
            if (data->cases[i].side[side].summary.n > 0) {
                side_csv(data, &data->cases[i], side, out);
            }
        }
    }
}

void exports_write_boots_csv(const struct data *data, FILE *out) {
    fprintf(out, "suite,name,unit,side,seed,value\r\n");
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        for (size_t side = 0; side < SIDES; side++) {
            for (size_t j = 0; j < c->boots[side].count; j++) {
                fprintf(out, "%s,%s,%s,%s,%u,%.15g\r\n", c->suite, c->name, data_unit_name(data),
                        side_words[side], c->boots[side].list[j].seed, c->boots[side].list[j].value);
            }
        }
    }
}

static bool is_of(const json_t *run, const char *suite, const char *name) {
    return strcmp(json_string_value(json_object_get(run, "suite")), suite) == 0 &&
           strcmp(json_string_value(json_object_get(run, "name")), name) == 0;
}

// The failures of a case, as elements. Returns how many.
static size_t failures_write(const struct data *data, const char *suite, const char *name, FILE *out) {
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(data->invalid); i++) {
        const json_t *run = json_array_get(data->invalid, i), *console = json_object_get(run, "console");
        if (!is_of(run, suite, name)) {
            continue;
        }
        if (count++ == 0 && out != NULL) {
            fputs("    <failure message=\"", out);
            html_print(out, "%s: %s", json_string_value(json_object_get(run, "side")),
                       json_string_value(json_object_get(run, "reason")));
            fputs("\">", out);
            for (size_t j = 0; j < json_array_size(console); j++) {
                html_print(out, "%s\n", json_string_value(json_array_get(console, j)));
            }
            fputs("</failure>\n", out);
        }
    }
    return count;
}

static void test_write(const struct data *data, const char *suite, const char *name, FILE *out) {
    fprintf(out, "  <testcase classname=\"%s\" name=\"%s\">\n", suite, name);
    failures_write(data, suite, name, out);
    fprintf(out, "  </testcase>\n");
}

// Calls test_write for each case, and for those that have only runs without a figure. With out == NULL it
// only counts.
static size_t tests_write(const struct data *data, FILE *out, size_t *failed) {
    size_t count = 0;
    for (size_t i = 0; i < data->case_count; i++) {
        count++;
        *failed += failures_write(data, data->cases[i].suite, data->cases[i].name, NULL) > 0;
        if (out != NULL) {
            test_write(data, data->cases[i].suite, data->cases[i].name, out);
        }
    }
    for (size_t i = 0; i < json_array_size(data->invalid); i++) {
        const json_t *run = json_array_get(data->invalid, i);
        const char *suite = json_string_value(json_object_get(run, "suite"));
        const char *name = json_string_value(json_object_get(run, "name"));
        bool told = data_find(data, suite, name) != NULL;
        for (size_t j = 0; j < i; j++) {
            told = told || is_of(json_array_get(data->invalid, j), suite, name);
        }
        if (!told) {
            count++;
            ++*failed;
            if (out != NULL) {
                test_write(data, suite, name, out);
            }
        }
    }
    return count;
}

void exports_write_junit(const struct data *data, FILE *out) {
    size_t verdict_count, failed = 0, skipped = 0, ignored = 0;
    const struct verdict *v = verdicts_get(data, &verdict_count);
    size_t count = tests_write(data, NULL, &failed) + verdict_count;
    for (size_t i = 0; i < verdict_count; i++) {
        failed += v[i].outcome == VERDICT_EXCEEDED;
        skipped += v[i].outcome == VERDICT_MISSING || v[i].outcome == VERDICT_OPEN;
    }
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"glacis-bench\" tests=\"%zu\" "
            "failures=\"%zu\" "
            "errors=\"0\" skipped=\"%zu\">\n",
            count, failed, skipped);
    tests_write(data, out, &ignored);
    for (size_t i = 0; i < verdict_count; i++) {
        fputs("  <testcase classname=\"bound\" name=\"", out);
        html_text(out, v[i].title);
        fputs("\">\n", out);
        if (v[i].outcome == VERDICT_EXCEEDED) {
            fprintf(out, "    <failure message=\"%+.3f %%, the bound is %g %%\"/>\n", v[i].overhead,
                    v[i].bound);
        } else if (v[i].outcome != VERDICT_MET) {
            fprintf(out, "    <skipped message=\"%s\"/>\n", verdict_outcome_names[v[i].outcome]);
        }
        fputs("  </testcase>\n", out);
    }
    fputs("</testsuite>\n", out);
}

void exports_write_terminal(const struct data *data, FILE *out) {
    size_t count;
    const struct verdict *v = verdicts_get(data, &count);
    fprintf(out, "%-28s %-34s %11s %7s  %s\n", "group", "paper (2020)", "here, mean", "bound", "outcome");
    for (size_t i = 0; i < count; i++) {
        char here[32] = "-";
        if (v[i].cases > 0) {
            snprintf(here, sizeof(here), "%+.3f %%", v[i].overhead);
        }
        fprintf(out, "%-28s %-34s %11s %5g %%  %s\n", v[i].title, v[i].paper_text, here, v[i].bound,
                verdict_outcome_names[v[i].outcome]);
    }
    fprintf(out, "\n%-28s %15s %15s %11s\n", "case: means", "native", "guest", "overhead");
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        char text[SIDES][32] = {"-", "-"}, overhead[32] = "-";
        for (size_t side = 0; side < SIDES; side++) {
            if (c->side[side].summary.n > 0) {
                snprintf(text[side], sizeof(text[side]), "%.1f", c->side[side].summary.mean);
            }
        }
        if (c->has_overhead && c->operations == 0.0) {
            snprintf(overhead, sizeof(overhead), "%+.3f %%", c->overhead);
        }
        fprintf(out, "%-28s %15s %15s %11s\n", c->label, text[NATIVE], text[VIRT], overhead);
    }
    if (json_array_size(data->invalid) > 0) {
        fprintf(out, "\n%zu runs without a figure: see the report\n", json_array_size(data->invalid));
    }
}
