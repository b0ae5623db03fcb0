// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The page around the suites: verdict, machine, limits, interference, footprint, invalid runs, raw data.
#include <stdarg.h>
#include <string.h>

#include <bench/report/figures.h>
#include <bench/report/html.h>
#include <bench/report/matrix.h>
#include <bench/report/page.h>
#include <bench/report/verdict.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

extern const char style_css[]; // style.S

static const char *const dash = "\xe2\x80\x93";

static void head_write(const struct data *data, FILE *out) {
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          // Nothing is loaded, and nothing runs, whatever a console has printed.
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
          "'unsafe-inline'\">\n"
          "<title>Glacis: ",
          out);
    html_print(out, "%s, %s", data->board, data->cpu);
    fputs("</title>\n<style>\n", out);
    fputs(style_css, out);
    fputs("</style>\n</head>\n<body>\n<main>\n<h1>What it costs to run in a VM of Glacis</h1>\n<p "
          "class=\"lead\">",
          out);
    html_print(
        out, "%s, %s, %s, GICv%.0f. Figures in %s. %s", data->board, data->emulator, data->cpu, data->gic,
        data_is_icount(data) ? "instructions (ticks of the emulator's counter at 1 GHz, one an instruction)"
                             : "nanoseconds",
        data->limits);
    fputs("</p>\n", out);
    static const char *const links[][2] = {
        {"verdict", "Verdict"},     {"machine", "Machine"},           {"limits", "Limits"},
        {"cases", "Cases"},         {"interference", "Interference"}, {"peers", "Peers"},
        {"footprint", "Footprint"}, {"invalid", "Invalid runs"},      {"raw", "Raw data"},
        {"repeat", "Repeat"}};
    fputs("<nav aria-label=\"Sections\"><ul>\n", out);
    for (size_t i = 0; i < COUNT(links); i++) {
        fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", links[i][0], links[i][1]);
    }
    fputs("</ul></nav>\n", out);
}

static void section_begin(FILE *out, const char *id, const char *title) {
    fprintf(out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

static void verdict_row(const struct verdict *v, FILE *out) {
    static const char *const classes[] = {"good", "bad", "none", "none"};
    char overhead[256] = "", difference[256] = "";
    if (v->cases > 0) {
        html_number(overhead, sizeof(overhead), v->overhead, 3, 1);
        html_number(difference, sizeof(difference), v->difference, 1, 1);
    }
    html_row_begin(out, v->title);
    html_cell(out, "%s%s", v->cases > 0 ? overhead : dash, v->cases > 0 ? " %" : "");
    html_cell(out, "%g %%", v->bound);
    fprintf(out, "<td class=\"text\"><span class=\"%s\">%s</span></td>", classes[v->outcome],
            verdict_outcome_names[v->outcome]);
    html_cell_text(out, "%s", v->paper_text);
    html_cell(out, "%s", v->cases > 0 ? difference : dash);
    html_cell(out, "%zu", v->cases);
    html_row_end(out);
}

static bool verdict_write(const struct data *data, const struct plots *plots, FILE *out) {
    size_t count, outcomes[4] = {0};
    char difference[64];
    const struct verdict *v = verdicts_get(data, &count);
    snprintf(difference, sizeof(difference), "guest \xe2\x88\x92 native, %s", data_unit_name(data));
    const char *const heads[] = {"<what",         "here (mean)", "bound", "<outcome",
                                 "<paper (2020)", difference,    "cases"};
    for (size_t i = 0; i < count; i++) {
        outcomes[v[i].outcome]++;
    }
    section_begin(out, "verdict", "Verdict");
    fputs("<p>", out);
    html_print(
        out,
        "%zu figures of cases; %zu runs without a figure. Of %zu bounds %zu are met, %zu are exceeded, %zu "
        "were not measured.",
        data->case_count, json_array_size(data->invalid), count, outcomes[VERDICT_MET],
        outcomes[VERDICT_EXCEEDED], outcomes[VERDICT_MISSING] + outcomes[VERDICT_OPEN]);
    fputs("</p>\n", out);
    html_table_begin(out, "Overheads beside those of the paper's figures 3 to 8", heads, COUNT(heads));
    for (size_t i = 0; i < count; i++) {
        verdict_row(&v[i], out);
    }
    html_table_end(out);
    bool good = plots_embed(plots, FIGURES_VERDICT, out);
    fputs("<p>The paper: Millwood, VanVossen, Elliott: Performance Impacts from the seL4 Hypervisor, GVSETS "
          "2020. Its "
          "values are its text\xe2\x80\x99s and were measured as time on two boards; its figures 3 to 8 "
          "print no value at "
          "a single bar. An overhead is (guest \xe2\x88\x92 native) / native. Bounds are those of the "
          "emulator.</p>\n"
          "</section>\n",
          out);
    return good;
}

static void fact(FILE *out, const char *name, const char *value) {
    fputs("<dt>", out);
    html_text(out, name);
    fputs("</dt><dd>", out);
    html_text(out, value != NULL && value[0] != '\0' ? value : dash);
    fputs("</dd>\n", out);
}

__attribute__((format(printf, 3, 4))) static void fact_print(FILE *out, const char *name, const char *format,
                                                             ...) {
    char value[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    fact(out, name, value);
}

struct proof {
    size_t pairs, equal, unknown;
};

// Compares what both sides printed of the device tree that they got.
static struct proof trees_compare(const struct data *data) {
    struct proof proof = {0, 0, 0};
    for (size_t i = 0; i < data->case_count; i++) {
        const struct boots *boots = data->cases[i].boots;
        for (size_t j = 0; j < boots[NATIVE].count; j++) {
            for (size_t k = 0; k < boots[VIRT].count; k++) {
                const struct boot_value *native = &boots[NATIVE].list[j], *virt = &boots[VIRT].list[k];
                if (native->seed != virt->seed) {
                    continue;
                }
                bool known = native->tree_hash[0] != '\0' && virt->tree_hash[0] != '\0';
                proof.pairs += known;
                proof.unknown += !known;
                proof.equal += known && strcmp(native->tree_hash, virt->tree_hash) == 0;
            }
        }
    }
    return proof;
}

static void proof_write(const struct data *data, FILE *out) {
    static const char *const heads[] = {"<case", "seeds", "<native: SHA-256 of the tree",
                                        "<guest: the same?"};
    struct proof proof = trees_compare(data);
    fputs("<h3>Native and guest ran the same</h3>\n<p>", out);
    html_print(out,
               "Kernel and initial RAM disk are the same files. Each kernel printed the SHA-256 of the "
               "device tree that "
               "it was given: %zu of %zu pairs of boots with the same seeds agree.",
               proof.equal, proof.pairs);
    if (proof.unknown > 0) {
        html_print(out,
                   " In %zu pairs of the bare-metal guest none is printed: both sides get the tree that is "
                   "made once "
                   "for each case.",
                   proof.unknown);
    }
    fputs("</p>\n<details><summary>All trees</summary>\n", out);
    html_table_begin(out, "Hashes of the device trees", heads, COUNT(heads));
    for (size_t i = 0; i < data->case_count; i++) {
        const struct boots *boots = data->cases[i].boots;
        for (size_t j = 0; j < boots[NATIVE].count && j < boots[VIRT].count; j++) {
            const struct boot_value *native = &boots[NATIVE].list[j], *virt = &boots[VIRT].list[j];
            if (native->tree_hash[0] == '\0') {
                continue;
            }
            html_row_begin(out, data->cases[i].label);
            html_cell(out, "%u", native->seed);
            html_cell_text(out, "%s", native->tree_hash);
            html_cell_text(out, "%s",
                           strcmp(native->tree_hash, virt->tree_hash) == 0 ? "the same" : virt->tree_hash);
            html_row_end(out);
        }
    }
    html_table_end(out);
    fputs("</details>\n", out);
}

static const char *clock_find(const struct data *data) {
    for (size_t i = 0; i < data->case_count; i++) {
        if (data->cases[i].clock != NULL) {
            return data->cases[i].clock;
        }
    }
    return data_is_icount(data) ? "emulated: one instruction a nanosecond" : "Linux governs none";
}

static void machine_write(const struct data *data, FILE *out) {
    section_begin(out, "machine", "The machine");
    fputs("<dl>\n", out);
    fact_print(out, "Glacis", "%s, commit %s", data->version, data->commit);
    fact_print(out, "Machine", "%s, %s, %s, GICv%.0f", data->board, data->emulator, data->cpu, data->gic);
    fact_print(out, "Memory of the guest", "%.0f MiB; the native machine has as much", data->memory_mib);
    fact(out, "Governor and kHz", clock_find(data));
    fact(out, "Kernel of the guest", data->kernel);
    fact(out, "SHA-256 of the kernel", data->kernel_sha256);
    fact(out, "SHA-256 of the initrd", data->initrd_sha256);
    fact(out, "Command line", data->cmdline);
    fact_print(out, "Boots", "%.0f of each side for each case, seeds from number %.0f on",
               data->planned_boots, data->first_seed);
    if (data->order_seed == 0.0) {
        fact(out, "Order", "native and guest take turns");
    } else {
        fact_print(out, "Order", "random, from seed %.0f", data->order_seed);
    }
    fact_print(out, "Intervals",
               "95 %%, percentiles of %.0f bootstrap resamples of the boots (mt19937, seed %.0f); boots "
               "with the same seeds are drawn as pairs",
               data->resamples, data->bootstrap_seed);
    fputs("</dl>\n", out);
    proof_write(data, out);
    fputs("</section>\n", out);
}

static void limits_write(const struct data *data, FILE *out) {
    section_begin(out, "limits", "What the machine does not model");
    fputs("<p>", out);
    html_text(out, data->limits);
    fputs("</p>\n", out);
    if (data_is_icount(data)) {
        fputs("<ul>\n<li>No cache, no TLB, no page walk, no pipeline: a second stage of translation costs "
              "nothing here, nor "
              "does a cold cache after an exit, and a barrier costs as much as an addition.</li>\n"
              "<li>A figure is a number of instructions, plus waiting. It says how much more the processor "
              "has to "
              "execute, not how long that takes on a board.</li>\n"
              "<li>It repeats to the digit for the same seeds; the spread over boots is that of layout and "
              "random "
              "numbers.</li>\n<li>A maximum is the largest that was observed, and no bound.</li>\n</ul>\n",
              out);
    }
    fputs("</section>\n", out);
}

static bool interference_write(const struct data *data, const struct plots *plots, FILE *out) {
    section_begin(out, "interference", "Interference: two VMs on one core");
    if (data->cell_count == 0) {
        fputs("<p>Not measured.</p>\n</section>\n", out);
        return true;
    }
    bool good = plots_embed(plots, FIGURES_INTERFERENCE, out);
    fputs(
        "<p>Each VM does a fixed amount of work and takes interrupts of its timer while its neighbour, of "
        "the same priority, is off "
        "(alone), idles, computes, or takes as many interrupts as it can. They take turns by round robin; "
        "the slice is "
        "the <code>period</code> of the system's description. A neighbour that competes has half of the "
        "core, so a VM "
        "takes twice as long as alone; what it takes more than that, without one slice of the neighbour's at "
        "each turn, is beyond its share. A latency is from the timer's deadline to the handler: at worst the "
        "neighbour's slice "
        "lies between.</p>\n",
        out);
    matrix_write_tables(data, out);
    fputs("</section>\n", out);
    return good;
}

static double number_of(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static void footprint_write(const struct data *data, FILE *out) {
    static const char *const keys[] = {"text", "constants", "data", "zeroed", "boot"};
    static const char *const heads[] = {"<program", "text, bytes", "constants",
                                        "data",     "zeroed",      "only for booting"};
    static const char *const line_heads[] = {"<part", "lines"};
    section_begin(out, "footprint", "Footprint");
    if (data->footprint == NULL) {
        fputs("<p>Not measured.</p>\n</section>\n", out);
        return;
    }
    double used = number_of(data->footprint, "memory_used_kib");
    fputs("<dl>\n", out);
    fact_print(out, "Image", "%.2f MiB, the guest's kernel and initial RAM disk in it",
               number_of(data->footprint, "image_bytes") / 1048576.0);
    if (used > 0.0) {
        fact_print(
            out, "Memory used before the guest begins",
            "%.2f MiB of the machine's: neither the guest's nor free; the image as it was loaded is in it",
            used / 1024.0);
    }
    fputs("</dl>\n", out);
    const json_t *programs = json_object_get(data->footprint, "programs"),
                 *lines = json_object_get(data->footprint, "lines");
    html_table_begin(out, "Programs, in bytes", heads, COUNT(heads));
    for (size_t i = 0; i < json_array_size(programs); i++) {
        const json_t *program = json_array_get(programs, i);
        html_row_begin(out, json_string_value(json_object_get(program, "name")));
        for (size_t j = 0; j < COUNT(keys); j++) {
            html_cell_number(out, number_of(program, keys[j]), 0);
        }
        html_row_end(out);
    }
    html_table_end(out);
    html_table_begin(out, "Lines of code by part, without comments and blank lines", line_heads,
                     COUNT(line_heads));
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *part = json_array_get(lines, i);
        html_row_begin(out, json_string_value(json_object_get(part, "part")));
        html_cell_number(out, number_of(part, "lines"), 0);
        html_row_end(out);
    }
    html_table_end(out);
    fputs("</section>\n", out);
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static void invalid_write(const struct data *data, FILE *out) {
    section_begin(out, "invalid", "Invalid runs");
    if (json_array_size(data->invalid) == 0) {
        fputs(
            "<p>None: every boot that was planned gave its figure, and all of them are in this report.</p>\n",
            out);
    } else {
        fputs("<p>These boots gave no figure. Nothing else is left out.</p>\n", out);
    }
    for (size_t i = 0; i < json_array_size(data->invalid); i++) {
        const json_t *run = json_array_get(data->invalid, i), *console = json_object_get(run, "console");
        const json_t *seed = json_object_get(run, "seed");
        fputs("<article class=\"invalid\">\n<h3>", out);
        html_print(out, "%s-%s, %s", text_of(run, "suite"), text_of(run, "name"), text_of(run, "side"));
        if (json_is_number(seed)) {
            html_print(out, ", seeds %.0f", json_number_value(seed));
        }
        fputs("</h3>\n<p>", out);
        html_text(out, text_of(run, "reason"));
        fputs("</p>\n", out);
        if (json_array_size(console) > 0) {
            fputs("<pre tabindex=\"0\">", out);
            for (size_t j = 0; j < json_array_size(console); j++) {
                html_print(out, "%s\n", json_string_value(json_array_get(console, j)));
            }
            fputs("</pre>\n", out);
        }
        fputs("</article>\n", out);
    }
    fputs("</section>\n", out);
}

static void raw_write(const struct data *data, FILE *out) {
    char figure[64];
    snprintf(figure, sizeof(figure), "figure, %s", data_unit_name(data));
    const char *const heads[] = {"<case", "<side", "seeds", figure};
    section_begin(out, "raw", "Raw data");
    fputs("<p>Beside this page: <a href=\"results.json\">results.json</a> (everything, with all histograms), "
          "<a href=\"cases.csv\">cases.csv</a>, <a href=\"boots.csv\">boots.csv</a>, <a "
          "href=\"junit.xml\">junit.xml</a>.</p>\n"
          "<details><summary>Every boot</summary>\n",
          out);
    html_table_begin(out, "The figure of every boot (of samples: their mean)", heads, COUNT(heads));
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        for (size_t side = 0; side < SIDES; side++) {
            for (size_t j = 0; j < c->boots[side].count; j++) {
                const struct boot_value *boot = &c->boots[side].list[j];
                html_row_begin(out, c->label);
                html_cell_text(out, "%s", side == NATIVE ? "native" : "guest");
                html_cell(out, "%u", boot->seed);
                html_cell_number(out, boot->value, boot->value < 1e6 ? 2 : 0);
                html_row_end(out);
            }
        }
    }
    html_table_end(out);
    fputs("</details>\n</section>\n", out);
}

static void repeat_write(const struct data *data, FILE *out) {
    section_begin(out, "repeat", "To repeat it");
    if (data->repeat == NULL) {
        fputs("<p>The results do not say which command made them.</p>\n", out);
    } else {
        fputs("<p>In a tree of the commit that stands above, on Debian 12:</p>\n<pre tabindex=\"0\">", out);
        html_print(out, "git checkout %s\n%s\nmake report\n", data->commit, data->repeat);
        fputs("</pre>\n", out);
    }
    fputs("</section>\n", out);
}

bool page_write(const struct data *data, const struct plots *plots, FILE *out) {
    head_write(data, out);
    bool good = verdict_write(data, plots, out);
    machine_write(data, out);
    limits_write(data, out);
    section_begin(out, "cases", "Cases");
    good = page_write_suites(data, plots, out) && good;
    fputs("</section>\n", out);
    good = interference_write(data, plots, out) && good;
    section_begin(out, "peers", "Peers on the same machine");
    page_write_peers(data, out);
    fputs("</section>\n", out);
    footprint_write(data, out);
    invalid_write(data, out);
    raw_write(data, out);
    repeat_write(data, out);
    fputs("</main>\n</body>\n</html>\n", out);
    return good && !ferror(out);
}
