// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The tables of abi/ are complete, and tools/manual sees it when some are not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <abi/types.h>
#include <tools/manual/check.h>
#include <tools/manual/page.h>

// --- a small set of tables, which is complete; a test changes one entry

enum { THING = 1 };

static struct entry objects[16], methods[16], syscalls[16], faults[16], values[16], boot[16];
static const struct tables tables = {objects, methods, syscalls, faults, values, boot};

#define AT .at = {"a.def", __LINE__, 1}
static const struct entry good_objects[] = {
    {.kind = ENTRY_CAP_TYPE, AT, .constant = "CAP_THING", .value = THING, .text = "Thing"},
    {.kind = ENTRY_OBJECT, AT, .name = "Thing", .page = "thing", .value = THING, .count = 1},
    {.kind = ENTRY_DOC, AT, .text = "A thing."},
    {.kind = ENTRY_MADE, AT, .text = "Thing_Do makes it."},
    {.kind = ENTRY_GONE, AT, .text = "Nothing."},
    {.kind = ENTRY_OBJECT_TYPE, AT, .constant = "OBJECT_THING", .name = "Thing", .value = 0, .count = 4},
};
static const struct entry good_methods[] = {
    {.kind = ENTRY_METHOD,
     AT,
     .name = "Thing",
     .method = "Do",
     .value = 7,
     .caps = "root",
     .words = "first, second",
     .count = 1,
     .parameters = "cptr_t service , cptr_t root"},
    {.kind = ENTRY_DOC, AT, .text = "Does it."},
    {.kind = ENTRY_CAP, AT, .name = "root", .text = "a root"},
    {.kind = ENTRY_WORD, AT, .name = "first", .text = "a number"},
    {.kind = ENTRY_WORD, AT, .name = "second", .text = "a number"},
    {.kind = ENTRY_RESULT, AT, .name = "sum", .count = 1, .text = "the sum"},
    {.kind = ENTRY_ERROR,
     AT,
     .value = SEL4_RANGE_ERROR,
     .words = "0, 1",
     .text = "`first` is above 1",
     .mend = "use 0 | 1"},
    {.kind = ENTRY_METHOD,
     AT,
     .name = "Thing",
     .method = "Stop",
     .value = 8,
     .caps = "",
     .words = "",
     .parameters = "cptr_t service"},
    {.kind = ENTRY_DOC, AT, .text = "Stops it."},
};
static const struct entry good_syscalls[] = {
    {.kind = ENTRY_SYSCALL, AT, .name = "Call", .value = -1},
    {.kind = ENTRY_DOC, AT, .text = "Calls."},
    {.kind = ENTRY_REGISTERS, AT, .name = "Call", .text = "x0", .mend = "x0"},
};
static const struct entry good_faults[] = {
    {.kind = ENTRY_FAULT, AT, .name = "Bang", .constant = "FAULT_BANG", .value = 1},
    {.kind = ENTRY_DOC, AT, .text = "A bang."},
    {.kind = ENTRY_FAULT_WORD, AT, .value = 1, .name = "ip", .text = "where"},
    {.kind = ENTRY_FAULT_REPLY, AT, .value = 1, .count = REPLY_ANY, .text = "again"},
};
static const struct entry good_values[] = {
    {.kind = ENTRY_VALUE,
     AT,
     .name = "errors",
     .constant = "SEL4_RANGE_ERROR",
     .value = SEL4_RANGE_ERROR,
     .method = "RangeError"},
    {.kind = ENTRY_VALUE,
     AT,
     .name = "errors",
     .constant = "SEL4_TRUNCATED_MESSAGE",
     .value = SEL4_TRUNCATED_MESSAGE,
     .method = "TruncatedMessage"},
};

static const struct entry good_boot[] = {
    {.kind = ENTRY_FIELD, AT, .name = "a", .value = 0, .count = 8, .text = "a word"},
    {.kind = ENTRY_FIELD, AT, .name = "b", .value = 8, .count = 8, .text = "a word"},
};

static void copy(struct entry *to, const struct entry *from, size_t bytes) {
    memset(to, 0, sizeof(objects));
    memcpy(to, from, bytes);
}

static int setup(void **state) {
    (void)state;
    copy(objects, good_objects, sizeof(good_objects));
    copy(methods, good_methods, sizeof(good_methods));
    copy(syscalls, good_syscalls, sizeof(good_syscalls));
    copy(faults, good_faults, sizeof(good_faults));
    copy(values, good_values, sizeof(good_values));
    copy(boot, good_boot, sizeof(good_boot));
    return 0;
}

static struct entry *entry_of(struct entry *table, enum entry_kind kind, unsigned index) {
    while (table->kind != kind || index-- > 0)
        table++;
    return table;
}

static void take_out(struct entry *entry) {
    for (; entry->kind != ENTRY_END; entry++)
        entry[0] = entry[1];
}

static void put_in(struct entry *entry, struct entry added) {
    struct entry held;
    do {
        held = *entry;
        *entry = added;
        added = held;
    } while (entry++->kind != ENTRY_END);
}

// One error, and it says so.
static void assert_refused(const char *message) {
    struct report report = {0};
    check_tables(&tables, &report);
    if (report.errors != 1 || !strstr(report.text, message))
        fail_msg("%u errors: %s", report.errors, report.text ? report.text : "");
    report_free(&report);
}

static void complete_tables_are_accepted(void **state) {
    (void)state;
    struct report report = {0};
    check_tables(&tables, &report);
    assert_int_equal(report.errors, 0);
}

static void the_tables_of_abi_are_complete(void **state) {
    (void)state;
    struct report report = {0};
    check_tables(&abi_tables, &report);
    assert_false(report_print(&report));
}

// --- what is missing, or too much

static void an_undocumented_word_is_refused(void **state) {
    (void)state;
    take_out(entry_of(methods, ENTRY_WORD, 1));
    assert_refused("Thing_Do: `second` has no documentation here; add DOC_WORD(second, ...)");
}

static void an_undocumented_capability_is_refused(void **state) {
    (void)state;
    take_out(entry_of(methods, ENTRY_CAP, 0));
    assert_refused("Thing_Do: `root` has no documentation here");
}

static void a_documented_word_that_is_not_there_is_refused(void **state) {
    (void)state;
    put_in(entry_of(methods, ENTRY_RESULT, 0),
           (struct entry){.kind = ENTRY_WORD, AT, .name = "third", .text = ""});
    assert_refused("Thing_Do has no `third` more");
}

static void a_text_with_a_name_that_is_not_there_is_refused(void **state) {
    (void)state;
    entry_of(methods, ENTRY_ERROR, 0)->text = "`frist` is above 1";
    assert_refused("Thing_Do has no `frist`");
}

static void a_text_with_a_method_that_is_not_there_is_refused(void **state) {
    (void)state;
    entry_of(objects, ENTRY_MADE, 0)->text = "Thing_Undo unmakes it.";
    assert_refused("there is no method Thing_Undo");
}

static void an_undocumented_result_is_refused(void **state) {
    (void)state;
    entry_of(methods, ENTRY_METHOD, 0)->count = 2;
    assert_refused("Thing_Do returns 2 words, and 1 are documented");
}

static void an_undocumented_method_is_refused(void **state) {
    (void)state;
    take_out(entry_of(methods, ENTRY_DOC, 1));
    assert_refused("Thing_Stop has no documentation");
}

static void an_undocumented_object_is_refused(void **state) {
    (void)state;
    take_out(entry_of(objects, ENTRY_GONE, 0));
    assert_refused("Thing does not say how it is made and how it goes");
}

static void an_error_without_a_name_is_refused(void **state) {
    (void)state;
    entry_of(methods, ENTRY_ERROR, 0)->value = SEL4_DELETE_FIRST;
    assert_refused("has no error 8");
}

static void a_method_of_no_object_is_refused(void **state) {
    (void)state;
    entry_of(methods, ENTRY_METHOD, 1)->name = "Other";
    assert_refused("there is no object Other");
}

static void a_label_that_stands_twice_is_refused(void **state) {
    (void)state;
    entry_of(methods, ENTRY_METHOD, 1)->value = 7;
    assert_refused("label 7 stands in line");
}

static void a_method_that_stands_twice_is_refused(void **state) {
    (void)state;
    entry_of(methods, ENTRY_METHOD, 1)->method = "Do";
    assert_refused("Thing stands in line");
}

static void a_system_call_without_registers_is_refused(void **state) {
    (void)state;
    take_out(entry_of(syscalls, ENTRY_REGISTERS, 0));
    assert_refused("Call has no registers");
}

static void registers_of_no_system_call_are_refused(void **state) {
    (void)state;
    put_in(entry_of(syscalls, ENTRY_REGISTERS, 0),
           (struct entry){.kind = ENTRY_REGISTERS, AT, .name = "Cull", .text = "", .mend = ""});
    assert_refused("there is no system call Cull");
}

static void a_fault_without_reply_is_refused(void **state) {
    (void)state;
    take_out(entry_of(faults, ENTRY_FAULT_REPLY, 0));
    assert_refused("Bang has no words or no reply");
}

static void a_field_that_is_left_out_is_refused(void **state) {
    (void)state;
    take_out(entry_of(boot, ENTRY_FIELD, 0));
    assert_refused("b is at byte 8, and what is documented ends at 0");
}

// --- pages

static char *written(void (*write)(const struct page *, const struct entry *), const struct entry *entry) {
    char *text = NULL;
    size_t size;
    struct page page = {open_memstream(&text, &size), &tables};
    assert_non_null(page.file);
    write(&page, entry);
    fclose(page.file);
    return text;
}

static void assert_contains(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static void an_object_page_has_everything(void **state) {
    (void)state;
    char *text = written(page_write_object, entry_of(objects, ENTRY_OBJECT, 0));
    assert_contains(text, "# Thing\n\nA thing.\n");
    assert_contains(text, "How it is made: [Thing_Do](thing.md#thing_do) makes it.\n");
    assert_contains(text, "| 0 | `OBJECT_THING` | 2^4 = 16 bytes |\n");
    assert_contains(text, "## Thing_Do\n\nDoes it.\n\nLabel 7.\n");
    assert_contains(text, "enum sel4_error seL4_Thing_Do(cptr_t service, cptr_t root);\n");
    assert_contains(
        text,
        "| capability 0 | `root` | a root |\n| MR0 | `first` | a number |\n| MR1 | `second` | a number |\n");
    assert_contains(text, "| MR0 | `sum` | the sum |\n");
    assert_contains(
        text,
        "| 7 TruncatedMessage | | the message has fewer than 2 words or 1 capability | send all of them |\n"
        "| 4 RangeError | 0, 1 | `first` is above 1 | use 0 \\| 1 |\n");
    assert_contains(text, "## Thing_Stop\n\nStops it.\n");
    assert_contains(text, "It has no errors.\n");
    free(text);
}

#define refusal(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        refusal(complete_tables_are_accepted),
        cmocka_unit_test(the_tables_of_abi_are_complete),
        refusal(an_undocumented_word_is_refused),
        refusal(an_undocumented_capability_is_refused),
        refusal(a_documented_word_that_is_not_there_is_refused),
        refusal(a_text_with_a_name_that_is_not_there_is_refused),
        refusal(a_text_with_a_method_that_is_not_there_is_refused),
        refusal(an_undocumented_result_is_refused),
        refusal(an_undocumented_method_is_refused),
        refusal(an_undocumented_object_is_refused),
        refusal(an_error_without_a_name_is_refused),
        refusal(a_method_of_no_object_is_refused),
        refusal(a_label_that_stands_twice_is_refused),
        refusal(a_method_that_stands_twice_is_refused),
        refusal(a_system_call_without_registers_is_refused),
        refusal(registers_of_no_system_call_are_refused),
        refusal(a_fault_without_reply_is_refused),
        refusal(a_field_that_is_left_out_is_refused),
        refusal(an_object_page_has_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
