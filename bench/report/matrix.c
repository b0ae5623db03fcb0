// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See matrix.h. Rows and columns are in the order of the data.
#include <math.h>
#include <string.h>

#include <bench/report/html.h>
#include <bench/report/matrix.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HEAT_LEVELS  5 // classes heat0 to heat4 of style.css

static const char *const dash = "\xe2\x80\x93";

const char *matrix_title(enum matrix_quantity quantity) {
    static const char *const titles[MATRIX_QUANTITIES] = {
        [MATRIX_SLOWDOWN] = "slower than alone",
        [MATRIX_OVERHEAD] = "slower than its share explains",
        [MATRIX_WAITING] = "interrupt latency while it waits, 99th percentile",
        [MATRIX_BUSY] = "interrupt latency while it works, 99th percentile",
    };
    return titles[quantity];
}

bool matrix_is_latency(enum matrix_quantity quantity) {
    return quantity == MATRIX_WAITING || quantity == MATRIX_BUSY;
}

bool matrix_value(const struct data_cell *cell, enum matrix_quantity quantity, double *value) {
    if (matrix_is_latency(quantity)) {
        const struct figure *f = quantity == MATRIX_WAITING ? &cell->latency : &cell->latency_busy;
        *value = f->has_tail ? f->p99 : f->summary.max;
        return f->summary.n > 0;
    }
    *value = quantity == MATRIX_SLOWDOWN ? cell->slowdown : cell->overhead;
    return quantity == MATRIX_SLOWDOWN ? cell->has_slowdown : cell->has_overhead;
}

// --- the tables by slice

// Whether no cell before this one has the same VM and neighbour, or the same slice.
static bool is_first_of_row(const struct data *data, size_t at) {
    for (size_t i = 0; i < at; i++) {
        if (strcmp(data->cells[i].vm, data->cells[at].vm) == 0 &&
            strcmp(data->cells[i].neighbour, data->cells[at].neighbour) == 0) {
            return false;
        }
    }
    return true;
}

static size_t slices_get(const struct data *data, double slices[DATA_CELLS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < data->cell_count; i++) {
        size_t at = 0;
        while (at < count && slices[at] != data->cells[i].slice_ms) {
            at++;
        }
        slices[at] = data->cells[i].slice_ms;
        count += at == count;
    }
    return count;
}

static const struct data_cell *cell_find(const struct data *data, const struct data_cell *row,
                                         double slice_ms) {
    for (size_t i = 0; i < data->cell_count; i++) {
        const struct data_cell *cell = &data->cells[i];
        if (strcmp(cell->vm, row->vm) == 0 && strcmp(cell->neighbour, row->neighbour) == 0 &&
            cell->slice_ms == slice_ms) {
            return cell;
        }
    }
    return NULL;
}

// The range of a quantity; false if no cell has it.
static bool range_get(const struct data *data, enum matrix_quantity quantity, double *low, double *high) {
    bool any = false;
    for (size_t i = 0; i < data->cell_count; i++) {
        double value;
        if (matrix_value(&data->cells[i], quantity, &value)) {
            *low = any ? fmin(*low, value) : value;
            *high = any ? fmax(*high, value) : value;
            any = true;
        }
    }
    return any;
}

static void heat_cell_write(const struct data_cell *cell, enum matrix_quantity quantity, double low,
                            double high, FILE *out) {
    double value;
    char text[512];
    if (cell == NULL || !matrix_value(cell, quantity, &value)) {
        html_cell(out, "%s", dash);
        return;
    }
    int level = high > low ? (int)((value - low) / (high - low) * (HEAT_LEVELS - 0.001)) : 0;
    bool latency = matrix_is_latency(quantity);
    html_number(text, sizeof(text), value, latency ? 0 : 3, !latency);
    fprintf(out, "<td class=\"heat%d\">", level);
    html_text(out, text);
    fputs("</td>", out);
}

static void quantity_write(const struct data *data, enum matrix_quantity quantity, FILE *out) {
    static double slices[DATA_CELLS_MAX];
    static char texts[DATA_CELLS_MAX][32];
    static const char *heads[DATA_CELLS_MAX + 1];
    char caption[200], row[2 * NAME_BYTES + 16];
    double low = 0.0, high = 0.0;
    if (!range_get(data, quantity, &low, &high)) {
        return;
    }
    size_t count = slices_get(data, slices);
    heads[0] = "<VM and neighbour";
    for (size_t i = 0; i < count; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%g ms", slices[i]);
        heads[i + 1] = texts[i];
    }
    snprintf(caption, sizeof(caption), "A VM beside a neighbour, by time slice: %s, in %s",
             matrix_title(quantity), matrix_is_latency(quantity) ? data_unit_name(data) : "per cent");
    html_table_begin(out, caption, heads, count + 1);
    for (size_t i = 0; i < data->cell_count; i++) {
        const struct data_cell *cell = &data->cells[i];
        double value;
        if (!is_first_of_row(data, i) || !matrix_value(cell, quantity, &value)) {
            continue;
        }
        snprintf(row, sizeof(row), strcmp(cell->neighbour, "alone") == 0 ? "%s, %s" : "%s beside %s",
                 cell->vm, cell->neighbour);
        html_row_begin(out, row);
        for (size_t j = 0; j < count; j++) {
            heat_cell_write(cell_find(data, cell, slices[j]), quantity, low, high, out);
        }
        html_row_end(out);
    }
    html_table_end(out);
}

// --- all figures

static void percent_write(bool known, double value, int sign, FILE *out) {
    char text[256];
    html_number(text, sizeof(text), value, 3, sign);
    html_cell(out, "%s", known ? text : dash);
}

static void figure_write(const struct figure *f, FILE *out) {
    const double values[] = {f->summary.min, f->summary.median, f->summary.mean, f->p99, f->summary.max};
    html_cell_number(out, (double)f->summary.n, 0);
    for (size_t i = 0; i < COUNT(values); i++) {
        if (f->summary.n > 0) {
            html_cell_number(out, values[i], 0);
        } else {
            html_cell(out, "%s", dash);
        }
    }
}

static void all_write(const struct data *data, FILE *out) {
    static const char *const heads[] = {"<VM",
                                        "<neighbour",
                                        "slice, ms",
                                        "slower than alone, %",
                                        "share of the core, %",
                                        "beyond its share, %",
                                        "waiting: n",
                                        "min",
                                        "median",
                                        "mean",
                                        "p99",
                                        "maximum observed",
                                        "working: n",
                                        "min",
                                        "median",
                                        "mean",
                                        "p99",
                                        "maximum observed",
                                        "neighbour's interrupts"};
    char caption[200];
    snprintf(caption, sizeof(caption), "All figures of the matrix; latencies in %s", data_unit_name(data));
    html_table_begin(out, caption, heads, COUNT(heads));
    for (size_t i = 0; i < data->cell_count; i++) {
        const struct data_cell *cell = &data->cells[i];
        html_row_begin(out, cell->vm);
        html_cell_text(out, "%s", cell->neighbour);
        html_cell(out, "%g", cell->slice_ms);
        percent_write(cell->has_slowdown, cell->slowdown, 1, out);
        percent_write(cell->has_share, cell->share, 0, out);
        percent_write(cell->has_overhead, cell->overhead, 1, out);
        figure_write(&cell->latency, out);
        figure_write(&cell->latency_busy, out);
        html_cell_number(out, cell->interrupts, 0);
        html_row_end(out);
    }
    html_table_end(out);
}

void matrix_write_tables(const struct data *data, FILE *out) {
    for (enum matrix_quantity quantity = 0; quantity < MATRIX_QUANTITIES; quantity++) {
        quantity_write(data, quantity, out);
    }
    all_write(data, out);
}

static void figure_csv(const struct figure *f, FILE *out) {
    const struct summary *s = &f->summary;
    if (s->n == 0) {
        fprintf(out, ",,,,,,");
        return;
    }
    fprintf(out, ",%zu,%.15g,%.15g,%.15g,", s->n, s->min, s->median, s->mean);
    f->has_tail ? fprintf(out, "%.15g", f->p99) : 0;
    fprintf(out, ",%.15g", s->max);
}

void matrix_write_csv(const struct data *data, FILE *out) {
    fprintf(
        out,
        "vm,neighbour,slice_ms,unit,slowdown_percent,share_percent,overhead_percent,neighbours_interrupts,"
        "waiting_n,waiting_min,waiting_median,waiting_mean,waiting_p99,waiting_max_observed,"
        "busy_n,busy_min,busy_median,busy_mean,busy_p99,busy_max_observed\r\n");
    for (size_t i = 0; i < data->cell_count; i++) {
        const struct data_cell *cell = &data->cells[i];
        fprintf(out, "%s,%s,%.15g,%s,", cell->vm, cell->neighbour, cell->slice_ms, data_unit_name(data));
        cell->has_slowdown ? fprintf(out, "%.15g,", cell->slowdown) : fprintf(out, ",");
        cell->has_share ? fprintf(out, "%.15g,", cell->share) : fprintf(out, ",");
        cell->has_overhead ? fprintf(out, "%.15g,", cell->overhead) : fprintf(out, ",");
        fprintf(out, "%.15g", cell->interrupts);
        figure_csv(&cell->latency, out);
        figure_csv(&cell->latency_busy, out);
        fprintf(out, "\r\n");
    }
}
