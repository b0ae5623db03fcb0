// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See figures.h. Each function writes data and commands of one kind of plot.
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include <bench/report/figures.h>
#include <bench/report/matrix.h>
#include <bench/report/verdict.h>

#define ROW_HEIGHT  24
#define HEAD_HEIGHT 110
#define BINS        80
#define SECTION_MAX (NAME_BYTES + 8)

// A text that is put together; what does not fit is left out.
struct text {
    char bytes[PLOT_TEXT_MAX];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void text_add(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->bytes + text->used, sizeof(text->bytes) - text->used, format, arguments);
    va_end(arguments);
    size_t room = sizeof(text->bytes) - 1 - text->used;
    text->used += length < 0 ? 0 : (size_t)length < room ? (size_t)length : room;
}

bool figures_are_operations(const struct data *data, const char *suite) {
    for (size_t i = 0; i < data->case_count; i++) {
        if (strcmp(data->cases[i].suite, suite) == 0 && data->cases[i].operations == 0.0) {
            return false;
        }
    }
    return true;
}

size_t figures_suites(const struct data *data, const char **suites, size_t most) {
    size_t count = 0;
    for (size_t i = 0; i < data->case_count; i++) {
        bool known = false;
        for (size_t j = 0; j < count; j++) {
            known = known || strcmp(suites[j], data->cases[i].suite) == 0;
        }
        if (!known && count < most) {
            suites[count++] = data->cases[i].suite;
        }
    }
    return count;
}

// A step of 1, 2 or 5 times a power of ten, of which the range has at most six.
static double nice_step(double range) {
    double power = pow(10.0, floor(log10(range / 5.0)));
    double ratio = range / 5.0 / power;
    return power * (ratio <= 1.0 ? 1.0 : ratio <= 2.0 ? 2.0 : ratio <= 5.0 ? 5.0 : 10.0);
}

// A range with room on both sides of the values, which has 0 in it.
static void range_write(FILE *script, double low, double high) {
    low = fmin(low, 0.0);
    high = fmax(high, 0.0);
    if (high - low < 1e-9) {
        high = low + 0.001;
    }
    double room = (high - low) * 0.04, step = nice_step(high - low);
    fprintf(script, "set xrange [%.9g:%.9g]\nset xtics %.9g\nset format x '%%g'\n",
            low < 0.0 ? low - room : 0.0, high > 0.0 ? high + room : 0.0, step);
}

static void rows_write(FILE *script, size_t rows) {
    fprintf(script, "set yrange [%.1f:-0.6]\nset ytics scale 0\n", (double)rows - 0.4);
}

static int rows_height(size_t rows) {
    return HEAD_HEIGHT + ROW_HEIGHT * (int)rows;
}

static bool is_in(const struct data_case *c, const char *suite) {
    return strcmp(c->suite, suite) == 0;
}

// Bars of the overheads of a suite, with their intervals.
static void overheads_write(const struct data *data, const char *suite, const char *section,
                            struct plots *plots) {
    struct text text = {"", 0};
    char title[PLOT_TITLE_MAX];
    size_t rows = 0;
    double low = 0.0, high = 0.0;
    bool intervals = false;
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        if (is_in(c, suite) && c->has_overhead) {
            rows++;
            low = fmin(low, c->has_ci95 ? fmin(c->ci95_low, c->overhead) : c->overhead);
            high = fmax(high, c->has_ci95 ? fmax(c->ci95_high, c->overhead) : c->overhead);
            intervals = intervals || c->has_ci95;
            text_add(&text, "%s%s %+.3f %%", rows > 1 ? ", " : "Overhead: ", c->name, c->overhead);
        }
    }
    if (rows == 0) {
        return;
    }
    snprintf(title, sizeof(title), "%s: overhead of the guest in per cent", suite);
    plot_begin(plots, section, rows_height(rows), title, text.bytes);
    FILE *script = plots->script;
    fprintf(script, "$rows << END\n");
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        if (is_in(c, suite) && c->has_overhead) {
            fprintf(script, "%s %.9g %.9g %.9g\n", c->name, c->overhead,
                    c->has_ci95 ? c->ci95_low : c->overhead, c->has_ci95 ? c->ci95_high : c->overhead);
        }
    }
    fprintf(script, "END\n");
    range_write(script, low, high);
    rows_write(script, rows);
    fprintf(
        script,
        "set xlabel 'overhead of the mean in per cent'\nset arrow 1 from 0,graph 0 to 0,graph 1 nohead lw 1\n"
        "plot $rows using (0):0:(0):2:($0-.3):($0+.3):ytic(1) with boxxyerror lc rgb '" PLOT_GUEST
        "' title 'overhead'");
    if (intervals) {
        fprintf(script, ", '' using 3:0:($4-$3):(0) with vectors nohead lw 3 lc rgb '" PLOT_MARK
                        "' title '95 %% interval'");
    }
    fprintf(script, "\n");
}

// Medians of both sides of single operations, on a logarithmic scale.
static void medians_write(const struct data *data, const char *suite, const char *section,
                          struct plots *plots) {
    struct text text = {"", 0};
    char title[PLOT_TITLE_MAX];
    size_t rows = 0;
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        if (is_in(c, suite)) {
            text_add(&text, "%s%s: ", rows++ > 0 ? "; " : "Medians: ", c->name);
            if (c->side[NATIVE].summary.n > 0) {
                text_add(&text, "native %.9g, ", c->side[NATIVE].summary.median);
            }
            text_add(&text, "guest %.9g", c->side[VIRT].summary.median);
        }
    }
    snprintf(title, sizeof(title), "%s: medians of one operation in %s", suite, data_unit_name(data));
    plot_begin(plots, section, rows_height(rows) + 8 * (int)rows, title, text.bytes);
    FILE *script = plots->script;
    fprintf(script, "$rows << END\n");
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        if (is_in(c, suite)) {
            fprintf(script, "%s %.9g %.9g\n", c->name, fmax(c->side[NATIVE].summary.median, 0.5),
                    fmax(c->side[VIRT].summary.median, 0.5));
        }
    }
    fprintf(script, "END\nset logscale x\nset xrange [0.5:*]\nset format x '%%g'\n");
    rows_write(script, rows);
    fprintf(script,
            "set xlabel '%s (logarithmic)'\n"
            "plot $rows using 2:0:(0.5):2:($0-.38):($0-.02):ytic(1) with boxxyerror lc rgb '" PLOT_NATIVE
            "' title 'native', '' using 3:0:(0.5):3:($0+.02):($0+.38) with boxxyerror lc rgb '" PLOT_GUEST
            "' title 'guest'\n",
            data_unit_name(data));
}

static double levels_sum(const struct data_case *c) {
    double sum = 0.0;
    for (size_t i = 0; i < INSTRUCTION_LEVELS; i++) {
        sum += c->instructions[i];
    }
    return sum;
}

// Instructions by level, stacked: from `first` on, in per cent of all.
static void levels_write(const struct data *data, const char *suite, const char *section, size_t first,
                         struct plots *plots) {
    static const char *const colours[] = {PLOT_GUEST, PLOT_NATIVE, PLOT_LEVEL2, PLOT_LEVEL3};
    struct text text = {"", 0};
    char title[PLOT_TITLE_MAX];
    size_t rows = 0;
    double high = 0.0;
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        double sum = levels_sum(c), shown = 0.0;
        if (!is_in(c, suite) || sum == 0.0) {
            continue;
        }
        text_add(&text, "%s%s:", rows++ > 0 ? "; " : "Shares: ", c->name);
        for (size_t j = first; j < INSTRUCTION_LEVELS; j++) {
            shown += c->instructions[j] / sum * 100.0;
            text_add(&text, " %s %.4g %%", data_level_names[j], c->instructions[j] / sum * 100.0);
        }
        high = fmax(high, shown);
    }
    if (rows == 0) {
        return;
    }
    snprintf(title, sizeof(title),
             first == 0 ? "%s: where the guest's instructions are executed, in per cent"
                        : "%s: the hypervisor's part of them (VMM and kernel), in per cent",
             suite);
    // Four series have two lines in the key.
    plot_begin(plots, section, rows_height(rows) + (first == 0 ? 18 : 0), title, text.bytes);
    FILE *script = plots->script;
    fprintf(script, "$rows << END\n");
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        double sum = levels_sum(c), edge = 0.0;
        if (!is_in(c, suite) || sum == 0.0) {
            continue;
        }
        fprintf(script, "%s 0", c->name);
        for (size_t j = first; j < INSTRUCTION_LEVELS; j++) {
            edge += c->instructions[j] / sum * 100.0;
            fprintf(script, " %.9g", edge);
        }
        fprintf(script, "\n");
    }
    fprintf(script, "END\n");
    range_write(script, 0.0, high);
    rows_write(script, rows);
    fprintf(script, "set xlabel 'per cent of all instructions'\nplot ");
    for (size_t j = first, column = 2; j < INSTRUCTION_LEVELS; j++, column++) {
        fprintf(script,
                "%s$rows using %zu:0:%zu:%zu:($0-.3):($0+.3)%s with boxxyerror lc rgb '%s' title '%s'",
                j > first ? ", " : "", column, column, column + 1, j == first ? ":ytic(1)" : "", colours[j],
                data_level_names[j]);
    }
    fprintf(script, "\n");
}

// Counts of a side in bins of equal width on a logarithmic scale from `low` to `high`.
static void bins_write(FILE *script, const struct figure *figure, double low, double high) {
    double counts[BINS] = {0.0}, width = log(high / low) / BINS;
    for (size_t i = 0; i < figure->bin_count; i++) {
        double at = log(fmax(figure->bins[i].value, low) / low) / width;
        counts[at >= BINS ? BINS - 1 : (size_t)at] += figure->bins[i].count;
    }
    fprintf(script, "%.9g 0.5\n", low * exp(-width));
    for (size_t i = 0; i < BINS; i++) {
        fprintf(script, "%.9g %.9g\n", low * exp(width * (double)i), fmax(counts[i], 0.5));
    }
    fprintf(script, "%.9g 0.5\n%.9g 0.5\n", high, high * exp(width));
}

// A logarithmic scale over the values, with a mark at each 1, 2 and 5 times a power of ten, and at least at
// both ends.
static void log_range_write(FILE *script, double low, double high) {
    const char *separator = "";
    fprintf(script, "set xrange [%.9g:%.9g]\nset xtics (", low * 0.97, high * 1.03);
    for (double power = pow(10.0, floor(log10(low))); power <= high * 1.03; power *= 10.0) {
        static const double steps[] = {1.0, 2.0, 5.0};
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            double mark = power * steps[i];
            if (mark >= low * 0.97 && mark <= high * 1.03) {
                fprintf(script, "%s%.9g", separator, mark);
                separator = ", ";
            }
        }
    }
    if (separator[0] == '\0') {
        fprintf(script, "%.9g", sqrt(low * high));
    }
    fprintf(script, ")\n");
}

static void tail_describe(struct text *text, const char *side, const struct figure *figure) {
    if (figure->has_tail) {
        text_add(text,
                 "%s: %zu samples, minimum %.9g, median %.9g, p99 %.9g, p99.9 %.9g, maximum observed %.9g. ",
                 side, figure->summary.n, figure->summary.min, figure->summary.median, figure->p99,
                 figure->p999, figure->summary.max);
    }
}

static void histogram_write(const struct data *data, const struct data_case *c, const char *section,
                            struct plots *plots) {
    const struct figure *native = &c->side[NATIVE], *virt = &c->side[VIRT];
    struct text text = {"", 0};
    char title[PLOT_TITLE_MAX];
    double low = INFINITY, high = 1.0;
    for (size_t side = 0; side < SIDES; side++) {
        if (c->side[side].has_tail) {
            low = fmin(low, fmax(c->side[side].summary.min, 1.0));
            high = fmax(high, c->side[side].summary.max);
        }
    }
    high = fmax(high, low * 1.2) * 1.001;
    tail_describe(&text, "Native", native);
    tail_describe(&text, "Guest", virt);
    snprintf(title, sizeof(title), "%s: how often which latency was observed, both scales logarithmic",
             c->label);
    plot_begin(plots, section, 300, title, text.bytes);
    FILE *script = plots->script;
    for (size_t side = 0; side < SIDES; side++) {
        if (c->side[side].has_tail) {
            fprintf(script, "$%s << END\n", side == NATIVE ? "native" : "guest");
            bins_write(script, &c->side[side], low, high);
            fprintf(script, "END\n");
        }
    }
    fprintf(script,
            "set logscale xy\nset yrange [0.5:*]\nset format x '%%g'\nset format y '%%g'\nset xlabel '%s'\n"
            "set ylabel 'samples'\nset grid xtics ytics lt 1 lw 0.5 lc rgb 'gray'\n",
            data_unit_name(data));
    log_range_write(script, low, high);
    fprintf(script, "plot ");
    if (native->has_tail) {
        fprintf(script, "$native using 1:2 with steps lw 2 lc rgb '" PLOT_NATIVE "' title 'native'%s",
                virt->has_tail ? ", " : "");
    }
    if (virt->has_tail) {
        fprintf(script, "$guest using 1:2 with steps lw 2 lc rgb '" PLOT_GUEST "' title 'guest'");
    }
    fprintf(script, "\n");
}

static void suite_write(const struct data *data, const char *suite, struct plots *plots) {
    char section[SECTION_MAX];
    snprintf(section, sizeof(section), "suite %s", suite);
    if (figures_are_operations(data, suite)) {
        medians_write(data, suite, section, plots);
        levels_write(data, suite, section, 0, plots);
        return;
    }
    overheads_write(data, suite, section, plots);
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        if (is_in(c, suite) && (c->side[NATIVE].has_tail || c->side[VIRT].has_tail)) {
            histogram_write(data, c, section, plots);
        }
    }
    levels_write(data, suite, section, 0, plots);
    levels_write(data, suite, section, 2, plots);
}

// Ours beside the largest that the paper's text gives: the groups of `least` per cent in the paper or more,
// or less.
static void verdict_write(const struct data *data, bool latencies, struct plots *plots) {
    struct text text = {"", 0};
    size_t count, rows = 0;
    const struct verdict *v = verdicts_get(data, &count);
    double low = 0.0, high = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (v[i].cases > 0 && v[i].paper > 0.0 && (v[i].paper > 100.0) == latencies) {
            rows++;
            low = fmin(low, v[i].overhead);
            high = fmax(high, fmax(v[i].overhead, v[i].paper));
            text_add(&text, "%s: the paper %.4g %% at most, here %+.3f %%. ", v[i].title, v[i].paper,
                     v[i].overhead);
        }
    }
    if (rows == 0) {
        return;
    }
    plot_begin(plots, FIGURES_VERDICT, rows_height(rows) + 8 * (int)rows,
               latencies ? "Latency: the paper's overhead and ours, in per cent"
                         : "Computing: the paper's largest overhead on Arm and ours, in per cent",
               text.bytes);
    FILE *script = plots->script;
    fprintf(script, "$rows << END\n");
    for (size_t i = 0; i < count; i++) {
        if (v[i].cases > 0 && v[i].paper > 0.0 && (v[i].paper > 100.0) == latencies) {
            fprintf(script, "\"%s\" %.9g %.9g\n", v[i].title, v[i].paper, v[i].overhead);
        }
    }
    fprintf(script, "END\n");
    range_write(script, low, high);
    rows_write(script, rows);
    fprintf(script,
            "set xlabel 'overhead in per cent'\n"
            "plot $rows using 2:0:(0):2:($0-.38):($0-.02):ytic(1) with boxxyerror lc rgb '" PLOT_NATIVE
            "' title 'paper', '' using 3:0:(0):3:($0+.02):($0+.38) with boxxyerror lc rgb '" PLOT_GUEST
            "' title 'here', '' using ($3>0?$3:0):($0+.2):(sprintf('%%+.3f', $3)) with labels left offset "
            "0.5,0 notitle, "
            "'' using (0):($0-.2):(sprintf('%%+g', $2)) with labels left offset 0.5,0 tc rgb '#000001' "
            "notitle\n");
}

// The rows and columns of a matrix, in the order of the data.
struct axes {
    const char *neighbours[DATA_CELLS_MAX];
    double slices[DATA_CELLS_MAX];
    size_t neighbour_count, slice_count;
};

// Writes the cells; fills in the axes.
static void cells_write(const struct data *data, const char *vm, enum matrix_quantity quantity,
                        struct axes *axes, FILE *script) {
    fprintf(script, "$cells << END\n");
    for (size_t i = 0; i < data->cell_count; i++) {
        const struct data_cell *cell = &data->cells[i];
        size_t row = 0, column = 0;
        double value;
        if (strcmp(cell->vm, vm) != 0 || !matrix_value(cell, quantity, &value)) {
            continue;
        }
        while (row < axes->neighbour_count && strcmp(axes->neighbours[row], cell->neighbour) != 0) {
            row++;
        }
        while (column < axes->slice_count && axes->slices[column] != cell->slice_ms) {
            column++;
        }
        axes->neighbours[row] = cell->neighbour;
        axes->neighbour_count += row == axes->neighbour_count;
        axes->slices[column] = cell->slice_ms;
        axes->slice_count += column == axes->slice_count;
        fprintf(script, "%zu %zu %.9g %.*f\n", column, row, value, matrix_is_latency(quantity) ? 0 : 3,
                value);
    }
    fprintf(script, "END\nset xtics (");
    for (size_t i = 0; i < axes->slice_count; i++) {
        fprintf(script, "%s'%g' %zu", i > 0 ? ", " : "", axes->slices[i], i);
    }
    fprintf(script, ")\nset ytics (");
    for (size_t i = 0; i < axes->neighbour_count; i++) {
        fprintf(script, "%s'%s' %zu", i > 0 ? ", " : "", axes->neighbours[i], i);
    }
    fprintf(script, ") scale 0\n");
}

// One matrix: rows are neighbours, columns slices.
static void matrix_write(const struct data *data, const char *vm, enum matrix_quantity quantity,
                         struct plots *plots) {
    static struct axes axes;
    struct text text = {"", 0};
    char title[PLOT_TITLE_MAX];
    axes.neighbour_count = axes.slice_count = 0;
    for (size_t i = 0; i < data->cell_count; i++) {
        const struct data_cell *cell = &data->cells[i];
        double value;
        if (strcmp(cell->vm, vm) == 0 && matrix_value(cell, quantity, &value)) {
            text_add(&text, "neighbour %s, slice %g ms: %.6g. ", cell->neighbour, cell->slice_ms, value);
        }
    }
    if (text.used == 0) {
        return;
    }
    snprintf(title, sizeof(title), "VM %s: %s, in %s", vm, matrix_title(quantity),
             matrix_is_latency(quantity) ? data_unit_name(data) : "per cent");
    plot_begin(plots, FIGURES_INTERFERENCE, 260, title, text.bytes);
    cells_write(data, vm, quantity, &axes, plots->script);
    // Dark figures on light cells in both of the page's schemes.
    fprintf(plots->script,
            "set xrange [-0.5:%.1f]\nset yrange [%.1f:-0.5]\nunset grid\nunset key\nunset colorbox\n"
            "set palette defined (0 '#f7fbff', 1 '#56b4e9')\nset xlabel 'time slice in ms'\nset ylabel "
            "'neighbour'\n"
            "plot $cells using 1:2:($1-.48):($1+.48):($2-.46):($2+.46):3 with boxxyerror lc palette, "
            "'' using 1:2:4 with labels tc rgb '#000001'\n",
            (double)axes.slice_count - 0.5, (double)axes.neighbour_count - 0.5);
}

static void interference_write(const struct data *data, struct plots *plots) {
    for (size_t i = 0; i < data->cell_count; i++) {
        bool first = true;
        for (size_t j = 0; j < i; j++) {
            first = first && strcmp(data->cells[i].vm, data->cells[j].vm) != 0;
        }
        for (enum matrix_quantity quantity = 0; first && quantity < MATRIX_QUANTITIES; quantity++) {
            matrix_write(data, data->cells[i].vm, quantity, plots);
        }
    }
}

void figures_write(const struct data *data, struct plots *plots) {
    const char *suites[DATA_CASES_MAX];
    size_t count = figures_suites(data, suites, DATA_CASES_MAX);
    verdict_write(data, false, plots);
    verdict_write(data, true, plots);
    for (size_t i = 0; i < count; i++) {
        suite_write(data, suites[i], plots);
    }
    interference_write(data, plots);
}
