// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Plots: a script for gnuplot that writes one SVG file a plot, and the SVG embedded in the page, with its
// text alternative, in the page's colours. Invariant: a script holds only names (data.h, invariant 1),
// numbers, and text of our own.
#ifndef GLACIS_BENCH_REPORT_PLOT_H
#define GLACIS_BENCH_REPORT_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#define PLOTS_MAX       128
#define PLOT_TITLE_MAX  256
#define PLOT_TEXT_MAX   1200
#define PLOT_FOLDER_MAX 512

// The colours, as gnuplot writes them, and as the page knows them (style.css): Okabe and Ito's palette.
#define PLOT_NATIVE "#e69f00"
#define PLOT_GUEST  "#0072b2"
#define PLOT_LEVEL2 "#009e73"
#define PLOT_LEVEL3 "#cc79a7"
#define PLOT_MARK   "#d55e00"

struct plots {
    FILE *script;
    char folder[PLOT_FOLDER_MAX];
    size_t count;
    struct {
        char section[PLOT_TITLE_MAX];    // of the page, in which it stands
        char title[PLOT_TITLE_MAX];      // what the plot shows
        char description[PLOT_TEXT_MAX]; // what is to be seen in it, with the figures
    } list[PLOTS_MAX];
};

// Begins the script FOLDER/plots.gp; the folder exists. Returns false with errno set.
bool plots_begin(struct plots *plots, const char *folder);

// Begins a plot of 480 by `height` points in the script, for a section of the page; what follows in the
// script draws it. `title` and `description` are plain text.
void plot_begin(struct plots *plots, const char *section, int height, const char *title,
                const char *description);

// Runs gnuplot. Returns false after saying on stderr what it said.
bool plots_draw(struct plots *plots, const char *gnuplot);

// Writes the figures of a section, each with its SVG. Returns false after saying why on stderr.
bool plots_embed(const struct plots *plots, const char *section, FILE *out);

// Copies an SVG of gnuplot's without its head, its symbols and its identifiers, in the page's colours. NULL
// if it is none. The caller frees it.
char *plot_clean(const char *svg);

#endif
