// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the report writes of text that others chose: nothing of it is markup. And what it makes of gnuplot's
// SVG.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bench/report/html.h>
#include <bench/report/plot.h>

// What html_text writes; the caller frees it.
static char *escaped(const char *text) {
    char *written;
    size_t size;
    FILE *out = open_memstream(&written, &size);
    assert_non_null(out);
    html_text(out, text);
    fclose(out);
    return written;
}

static void assert_escaped(const char *text, const char *expected) {
    char *written = escaped(text);
    assert_string_equal(written, expected);
    free(written);
}

static void markup_becomes_references(void **state) {
    (void)state;
    assert_escaped("<script>alert(\"1\" + '2') & more</script>",
                   "&lt;script&gt;alert(&quot;1&quot; + &#39;2&#39;) &amp; more&lt;/script&gt;");
    assert_escaped("&lt;", "&amp;lt;");
}

static void controls_and_broken_utf8_are_replaced(void **state) {
    (void)state;
    assert_escaped("a\x1b[31m\x7f\tb\n", "a\xef\xbf\xbd[31m\xef\xbf\xbd\tb\n");
    assert_escaped("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    assert_escaped("\xc3", "\xef\xbf\xbd");                                 // cut off
    assert_escaped("\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd");                 // '<' in two bytes
    assert_escaped("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); // a surrogate
    assert_escaped("\xc2\x85", "\xef\xbf\xbd");                             // NEL
    assert_escaped("\xc3<b>", "\xef\xbf\xbd&lt;b&gt;");                     // no swallowing of what follows
}

// Any bytes: there is no markup in the result, and each ampersand begins one of our references.
static void random_bytes_never_make_markup(void **state) {
    (void)state;
    static const char *const references[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    static const char likely[] = "<>&\"'/!-=";
    srand(1);
    for (int i = 0; i < 20000; i++) {
        char text[65];
        size_t length = (size_t)rand() % 64;
        for (size_t j = 0; j < length; j++) {
            text[j] =
                (char)(rand() % 3 == 0 ? likely[(size_t)rand() % (sizeof(likely) - 1)] : 1 + rand() % 255);
        }
        text[length] = '\0';
        char *written = escaped(text);
        assert_null(strpbrk(written, "<>\"'"));
        for (const char *at = written; (at = strchr(at, '&')) != NULL; at++) {
            bool known = false;
            for (size_t j = 0; j < 5; j++) {
                known = known || strncmp(at, references[j], strlen(references[j])) == 0;
            }
            assert_true(known);
        }
        free(written);
    }
}

static void numbers_are_grouped(void **state) {
    (void)state;
    char text[64];
    html_number(text, sizeof(text), 1234567.0, 0, 0);
    assert_string_equal(text, "1\xe2\x80\xaf"
                              "234\xe2\x80\xaf"
                              "567");
    html_number(text, sizeof(text), -0.1634, 3, 1);
    assert_string_equal(text, "\xe2\x88\x92"
                              "0.163");
    html_number(text, sizeof(text), 0.0, 3, 1);
    assert_string_equal(text, "0.000");
    html_number(text, sizeof(text), -0.0001, 3, 1);
    assert_string_equal(text, "0.000");
    html_number(text, sizeof(text), 12.5, 1, 1);
    assert_string_equal(text, "+12.5");
}

static void a_tables_caption_and_heads_are_escaped(void **state) {
    (void)state;
    static const char *const heads[] = {"<a<b>", "c\"d"};
    char *written;
    size_t size;
    FILE *out = open_memstream(&written, &size);
    html_table_begin(out, "<i>\" onclick=\"x", heads, 2);
    html_row_begin(out, "<u>");
    html_cell(out, "%s", "<s>");
    html_cell_text(out, "%s", "<t>");
    html_row_end(out);
    html_table_end(out);
    fclose(out);
    assert_null(strstr(written, "<i>"));
    assert_null(strstr(written, "\" onclick"));
    assert_null(strstr(written, "<b>"));
    assert_null(strstr(written, "<s>"));
    assert_null(strstr(written, "<t>"));
    assert_null(strstr(written, "<u>"));
    assert_non_null(strstr(written, "class=\"text\">a&lt;b&gt;</th>"));
    free(written);
}

static void a_plot_loses_identifiers_and_takes_the_pages_colours(void **state) {
    (void)state;
    char *clean = plot_clean(
        "<?xml version=\"1.0\"?>\n<svg viewBox=\"0 0 480 100\">\n<title>Gnuplot</title>\n"
        "<g id=\"gnuplot_canvas\">\n<defs><circle id='gpDot'/></defs>\n"
        "<g id=\"gnuplot_plot_1\" ><title>gnuplot_plot_1</title>\n"
        "<g fill=\"none\" color=\"black\" stroke=\"currentColor\"><path stroke='black' d='M0,0'/></g>\n"
        "<polygon fill = 'rgb(  0, 114, 178)'/></g>\n</g>\n</svg>\n");
    assert_non_null(clean);
    assert_null(strstr(clean, " id="));
    assert_null(strstr(clean, "<title>"));
    assert_null(strstr(clean, "black"));
    assert_null(strstr(clean, "</svg>"));
    assert_non_null(strstr(clean, "stroke='currentColor'"));
    assert_non_null(strstr(clean, "fill = 'var(--guest)'"));
    free(clean);
    assert_null(plot_clean("<svg>another program's</svg>"));
    assert_null(plot_clean("<g id=\"gnuplot_canvas\"> cut off"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_becomes_references),
        cmocka_unit_test(controls_and_broken_utf8_are_replaced),
        cmocka_unit_test(random_bytes_never_make_markup),
        cmocka_unit_test(numbers_are_grouped),
        cmocka_unit_test(a_tables_caption_and_heads_are_escaped),
        cmocka_unit_test(a_plot_loses_identifiers_and_takes_the_pages_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
