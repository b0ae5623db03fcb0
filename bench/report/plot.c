// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See plot.h. The SVG that gnuplot 5.4 writes is taken to pieces by its words; a plot that has none of them
// is refused.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bench/report/html.h>
#include <bench/report/plot.h>
#include <bench/runner/machine.h>

#define DRAW_LIMIT    60.0
#define SVG_BYTES_MAX (8 * 1024 * 1024)

bool plots_begin(struct plots *plots, const char *folder) {
    char path[PLOT_FOLDER_MAX + 16];
    memset(plots, 0, sizeof(*plots));
    snprintf(plots->folder, sizeof(plots->folder), "%s", folder);
    snprintf(path, sizeof(path), "%s/plots.gp", folder);
    plots->script = fopen(path, "w");
    if (plots->script == NULL) {
        return false;
    }
    fprintf(plots->script, "set encoding utf8\n");
    return true;
}

void plot_begin(struct plots *plots, const char *section, int height, const char *title,
                const char *description) {
    if (plots->count == PLOTS_MAX) {
        fprintf(stderr, "error: more than %d plots\n", PLOTS_MAX);
        exit(1);
    }
    size_t number = plots->count++;
    snprintf(plots->list[number].section, PLOT_TITLE_MAX, "%s", section);
    snprintf(plots->list[number].title, PLOT_TITLE_MAX, "%s", title);
    snprintf(plots->list[number].description, PLOT_TEXT_MAX, "%s", description);
    fprintf(plots->script,
            "\nreset\nset terminal svg size 480,%d font 'sans-serif,13' noenhanced\nset output "
            "'%s/plot-%zu.svg'\n"
            "set border 3\nset tics nomirror\nset grid xtics lt 1 lw 0.5 lc rgb 'gray'\nset style fill solid "
            "noborder\n"
            "set key outside top center horizontal Left reverse samplen 1.5\n",
            height, plots->folder, number);
}

static bool line_show(void *context, const char *line) {
    (void)context;
    fprintf(stderr, "gnuplot: %s\n", line);
    return true;
}

bool plots_draw(struct plots *plots, const char *gnuplot) {
    static struct machine_run run;
    char path[PLOT_FOLDER_MAX + 16];
    snprintf(path, sizeof(path), "%s/plots.gp", plots->folder);
    bool written = fclose(plots->script) == 0;
    plots->script = NULL;
    if (!written) {
        fprintf(stderr, "error: cannot write %s: %s\n", path, strerror(errno));
        return false;
    }
    const char *const command[] = {gnuplot, path, NULL};
    machine_run(command, DRAW_LIMIT, line_show, NULL, &run);
    if (run.end != MACHINE_ENDED) {
        fprintf(stderr, "error: %s %s failed (wait status 0x%x); make deps installs gnuplot\n", gnuplot, path,
                (unsigned)run.status);
    }
    return run.end == MACHINE_ENDED;
}

struct replacement {
    const char *from, *to;
};

// Colours of the page, so that light and dark are the page's; the rest is not needed inline.
static const struct replacement replacements[] = {
    {"'rgb(230, 159,   0)'", "'var(--native)'"},
    {"\"rgb(230, 159,   0)\"", "\"var(--native)\""},
    {"'rgb(  0, 114, 178)'", "'var(--guest)'"},
    {"\"rgb(  0, 114, 178)\"", "\"var(--guest)\""},
    {"'rgb(  0, 158, 115)'", "'var(--level2)'"},
    {"\"rgb(  0, 158, 115)\"", "\"var(--level2)\""},
    {"'rgb(204, 121, 167)'", "'var(--level3)'"},
    {"\"rgb(204, 121, 167)\"", "\"var(--level3)\""},
    {"'rgb(213,  94,   0)'", "'var(--mark)'"},
    {"\"rgb(213,  94,   0)\"", "\"var(--mark)\""},
    {" color=\"black\"", ""},
    {" color=\"white\"", ""},
    {" color=\"gray\"", ""},
    {"stroke='black'", "stroke='currentColor'"},
    {"stroke=\"black\"", "stroke=\"currentColor\""},
    {"fill=\"black\"", "fill=\"currentColor\""},
    {"stroke='gray'", "stroke='var(--grid)'"},
    {"stroke=\"gray\"", "stroke=\"var(--grid)\""},
    {" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", ""},
    {" font-family=\"sans-serif\"", ""},
    {" class=\"gridline\"", ""},
};

static const struct replacement *replacement_find(const char *at) {
    for (size_t i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++) {
        if (strncmp(at, replacements[i].from, strlen(replacements[i].from)) == 0) {
            return &replacements[i];
        }
    }
    return NULL;
}

// The end of the element or attribute that begins here and is left out; NULL: none does.
static const char *omission_end(const char *at) {
    static const struct replacement omitted[] = {
        {"<defs>", "</defs>"}, {"<title>", "</title>"}, {"<desc>", "</desc>"}, {" id=\"", "\""}};
    for (size_t i = 0; i < sizeof(omitted) / sizeof(omitted[0]); i++) {
        size_t length = strlen(omitted[i].from);
        const char *end =
            strncmp(at, omitted[i].from, length) == 0 ? strstr(at + length, omitted[i].to) : NULL;
        if (end != NULL) {
            return end + strlen(omitted[i].to);
        }
    }
    return NULL;
}

char *plot_clean(const char *svg) {
    const char *at = strstr(svg, "<g id=\"gnuplot_canvas\">"),
               *end = at != NULL ? strstr(at, "</svg>") : NULL;
    char *clean;
    size_t size;
    FILE *out = end != NULL ? open_memstream(&clean, &size) : NULL;
    if (out == NULL) {
        return NULL;
    }
    while (at < end) {
        const struct replacement *replacement = replacement_find(at);
        const char *next = omission_end(at);
        if (next != NULL) {
            at = next;
        } else if (replacement != NULL) {
            fputs(replacement->to, out);
            at += strlen(replacement->from);
        } else {
            fputc(*at++, out);
        }
    }
    return fclose(out) == 0 ? clean : NULL;
}

// The height as gnuplot wrote it, in ` viewBox="0 0 480 H"`.
static int height_find(const char *svg) {
    const char *box = strstr(svg, "viewBox=\"0 0 480 ");
    return box != NULL ? atoi(box + strlen("viewBox=\"0 0 480 ")) : 0;
}

static bool plot_embed(const struct plots *plots, size_t number, FILE *out) {
    char path[PLOT_FOLDER_MAX + 32];
    snprintf(path, sizeof(path), "%s/plot-%zu.svg", plots->folder, number);
    FILE *file = fopen(path, "r");
    char *svg = calloc(1, SVG_BYTES_MAX);
    size_t length = file != NULL && svg != NULL ? fread(svg, 1, SVG_BYTES_MAX - 1, file) : 0;
    char *clean = length > 0 ? plot_clean(svg) : NULL;
    if (file != NULL) {
        fclose(file);
    }
    int height = clean != NULL ? height_find(svg) : 0;
    if (height > 0) {
        fprintf(out,
                "<figure><svg class=\"plot\" role=\"img\" viewBox=\"0 0 480 %d\" "
                "xmlns=\"http://www.w3.org/2000/svg\" aria-label=\"",
                height);
        html_print(out, "%s. %s", plots->list[number].title, plots->list[number].description);
        fprintf(out, "\">\n<title>");
        html_text(out, plots->list[number].title);
        fprintf(out, "</title>\n<desc>");
        html_text(out, plots->list[number].description);
        fprintf(out, "</desc>\n%s</svg>\n<figcaption>", clean);
        html_text(out, plots->list[number].title);
        fprintf(out, "</figcaption></figure>\n");
    } else {
        fprintf(stderr, "error: %s is not an SVG as gnuplot 5.4 writes it\n", path);
    }
    free(clean);
    free(svg);
    return height > 0;
}

bool plots_embed(const struct plots *plots, const char *section, FILE *out) {
    bool any = false, good = true;
    for (size_t i = 0; i < plots->count; i++) {
        if (strcmp(plots->list[i].section, section) == 0) {
            fputs(any ? "" : "<div class=\"plots\">\n", out);
            any = true;
            good = plot_embed(plots, i, out) && good;
        }
    }
    fputs(any ? "</div>\n" : "", out);
    return good;
}
