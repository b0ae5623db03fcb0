// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// bench-report RESULTS FOLDER: writes the report, with all that stands beside it, to a folder.
// bench-report --compare BASELINE RESULTS BOUND: compares two results; exit status 1 for a regression.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bench/report/compare.h>
#include <bench/report/exports.h>
#include <bench/report/figures.h>
#include <bench/report/matrix.h>
#include <bench/report/page.h>

#define PATH_BYTES 1024

static bool load(const char *path, struct data *data) {
    char error[512];
    bool loaded = data_load(path, data, error, sizeof(error));
    if (!loaded) {
        fprintf(stderr, "error: %s: %s\n", path, error);
        data_free(data);
    }
    return loaded;
}

static int compare(const char *before_path, const char *after_path, const char *bound_text) {
    struct data before, after;
    char error[512], *end;
    double bound = strtod(bound_text, &end);
    if (end == bound_text || *end != '\0' || !isfinite(bound) || bound < 0.0) {
        fprintf(stderr, "error: BOUND=%s must be per cent: a number that is not negative\n", bound_text);
        return 2;
    }
    if (!load(before_path, &before)) {
        return 2;
    }
    if (!load(after_path, &after)) {
        data_free(&before);
        return 2;
    }
    int status = 2;
    if (compare_fits(&before, &after, error, sizeof(error))) {
        status = compare_print(&before, &after, bound, stdout) > 0;
    } else {
        fprintf(stderr, "error: %s and %s cannot be compared: %s\n", before_path, after_path, error);
    }
    data_free(&before);
    data_free(&after);
    return status;
}

static FILE *file_open(const char *folder, const char *name) {
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        fprintf(stderr, "error: cannot write %s: %s\n", path, strerror(errno));
    }
    return file;
}

static bool file_close(FILE *file, const char *name) {
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        fprintf(stderr, "error: cannot write %s: %s\n", name, strerror(errno));
        return false;
    }
    return true;
}

static bool page_make(const struct data *data, const char *folder) {
    static struct plots plots;
    char path[PLOT_FOLDER_MAX];
    if (snprintf(path, sizeof(path), "%s/plots", folder) >= (int)sizeof(path) ||
        (mkdir(path, 0777) != 0 && errno != EEXIST) || !plots_begin(&plots, path)) {
        fprintf(stderr, "error: cannot write to %s: %s\n", path, strerror(errno));
        return false;
    }
    figures_write(data, &plots);
    if (!plots_draw(&plots, "gnuplot")) {
        return false;
    }
    FILE *out = file_open(folder, "report.html");
    bool good = out != NULL && page_write(data, &plots, out);
    return out != NULL && file_close(out, "report.html") && good;
}

static void json_write(const struct data *data, FILE *out) {
    json_dumpf(data->root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    fputc('\n', out);
}

static bool exports_make(const struct data *data, const char *folder) {
    static const struct {
        const char *name;
        void (*write)(const struct data *data, FILE *out);
    } files[] = {
        {"results.json", json_write},           {"cases.csv", exports_write_cases_csv},
        {"boots.csv", exports_write_boots_csv}, {"interference.csv", matrix_write_csv},
        {"junit.xml", exports_write_junit},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        FILE *out = file_open(folder, files[i].name);
        if (out == NULL) {
            return false;
        }
        files[i].write(data, out);
        good = file_close(out, files[i].name) && good;
    }
    return good;
}

int main(int argc, char **argv) {
    if (argc == 5 && strcmp(argv[1], "--compare") == 0) {
        return compare(argv[2], argv[3], argv[4]);
    }
    if (argc != 3) {
        fprintf(stderr, "usage: bench-report RESULTS FOLDER | --compare BASELINE RESULTS BOUND\n");
        return 2;
    }
    struct data data;
    if (!load(argv[1], &data)) {
        return 2;
    }
    if (mkdir(argv[2], 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "error: cannot make the folder %s: %s\n", argv[2], strerror(errno));
    }
    bool good = exports_make(&data, argv[2]) && page_make(&data, argv[2]);
    if (good) {
        exports_write_terminal(&data, stdout);
        printf("written: %s/report.html\n", argv[2]);
    }
    data_free(&data);
    return good ? 0 : 1;
}
