// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Whether the tables are complete.
#include "check.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#define FOR_EACH(item, table, kind_)                                                                         \
    for (const struct entry *item = (table); item->kind != ENTRY_END; item++)                                \
        if (item->kind == (kind_))

// --- numbers and names that must be one of a kind

static void check_unique(const struct entry *table, enum entry_kind kind, const char *what,
                         struct report *report) {
    FOR_EACH(entry, table, kind) {
        for (const struct entry *other = table; other != entry; other++)
            if (other->kind == kind && other->value == entry->value &&
                (kind != ENTRY_VALUE || strcmp(other->name, entry->name) == 0))
                report_error(report, entry->at,
                             "%s %ld stands in line %u already; give this one its own number", what,
                             entry->value, other->at.line);
    }
}

static void check_unique_names(const struct entry *table, enum entry_kind kind, struct report *report) {
    FOR_EACH(entry, table, kind) {
        for (const struct entry *other = table; other != entry; other++)
            if (other->kind == kind && strcmp(other->name, entry->name) == 0 &&
                (kind != ENTRY_METHOD || strcmp(other->method, entry->method) == 0))
                report_error(report, entry->at, "%s stands in line %u already; delete one of the two",
                             entry->name, other->at.line);
    }
}

static void check_documented(const struct entry *table, enum entry_kind kind, struct report *report) {
    FOR_EACH(entry, table, kind) {
        if (!table_part(entry, ENTRY_DOC, 0))
            report_error(report, entry->at, "%s%s%s has no documentation; add DOC(...) behind it",
                         entry->name, entry->method ? "_" : "", entry->method ? entry->method : "");
    }
}

// --- texts

// The names that a method's texts may use.
static bool method_has(const struct entry *method, const char *name) {
    static const enum entry_kind kinds[] = {ENTRY_CAP, ENTRY_WORD, ENTRY_REST, ENTRY_RESULT};
    const struct entry *part;
    for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
        for (unsigned i = 0; (part = table_part(method, kinds[k], i)); i++)
            if (strcmp(part->name, name) == 0)
                return true;
    return false;
}

// `name` in lower case is one of the method's; Object_Method is a method.
static void check_text(const struct tables *tables, const struct entry *method, const struct entry *entry,
                       const char *text, struct report *report) {
    bool code = false;
    for (const char *at = text; at && *at; at++) {
        const struct entry *found;
        size_t length;
        if (*at == '`') {
            code = !code;
            length = strcspn(at + 1, "`");
            char name[TABLE_NAME_SIZE];
            if (!code || length == 0 || length >= sizeof(name))
                continue;
            memcpy(name, at + 1, length);
            name[length] = 0;
            if (method && islower((unsigned char)name[0]) &&
                strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") == length && !method_has(method, name))
                report_error(report, entry->at,
                             "%s_%s has no `%s`; name one of its capabilities, words or results",
                             method->name, method->method, name);
        } else if (at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_')) {
            length = table_reference(tables, at, &found);
            if (length && !found)
                report_error(report, entry->at, "there is no method %.*s; correct the text", (int)length, at);
        }
    }
    if (code)
        report_error(report, entry->at, "a ` is not closed; add one");
}

static void check_texts(const struct tables *tables, const struct entry *table, struct report *report) {
    const struct entry *method = NULL;
    for (const struct entry *entry = table; entry->kind != ENTRY_END; entry++) {
        if (entry->kind == ENTRY_METHOD)
            method = entry;
        check_text(tables, method, entry, entry->text, report);
        check_text(tables, method, entry, entry->mend, report);
        if (entry->kind == ENTRY_ERROR || entry->kind == ENTRY_LOOKUP)
            check_text(tables, method, entry, entry->words, report);
        if (entry->kind == ENTRY_LOOKUP)
            check_text(tables, method, entry, entry->name, report);
    }
}

// --- methods

// Every name of `list` has one entry of that kind behind the method, in the same order, and there is no
// other.
static void check_names(const struct entry *method, const char *list, enum entry_kind kind, const char *macro,
                        struct report *report) {
    char name[TABLE_NAME_SIZE];
    unsigned count = 0;
    for (; table_name(list, count, name); count++) {
        const struct entry *part = table_part(method, kind, count);
        if (!part || strcmp(part->name, name) != 0)
            report_error(report, part ? part->at : method->at,
                         "%s_%s: `%s` has no documentation here; add %s(%s, ...)", method->name,
                         method->method, name, macro, name);
    }
    const struct entry *stray = table_part(method, kind, count);
    if (stray)
        report_error(report, stray->at,
                     "%s_%s has no `%s` more; delete this, or name it in the method's line", method->name,
                     method->method, stray->name);
}

static void check_method(const struct tables *tables, const struct entry *method, struct report *report) {
    const struct entry *part;
    int results = 0;
    if (!table_find(tables->objects, ENTRY_OBJECT, method->name, -1))
        report_error(report, method->at,
                     "there is no object %s; add OBJECT(%s, ...) to abi/objects.def or the architecture's",
                     method->name, method->name);
    check_names(method, method->caps, ENTRY_CAP, "DOC_CAP", report);
    check_names(method, method->words, ENTRY_WORD, "DOC_WORD", report);
    for (unsigned i = 0; (part = table_part(method, ENTRY_RESULT, i)); i++)
        results += part->count;
    if (results != method->count)
        report_error(report, method->at,
                     "%s_%s returns %d words, and %d are documented; mend its DOC_RESULT(count, ...)",
                     method->name, method->method, method->count, results);
    for (unsigned i = 0; (part = table_part(method, ENTRY_ERROR, i)); i++)
        if (!table_find(tables->values, ENTRY_VALUE, "errors", part->value))
            report_error(report, part->at, "abi/values.def has no error %ld; add it", part->value);
}

// --- objects, system calls, faults

static void check_object(const struct tables *tables, const struct entry *object, struct report *report) {
    if (!table_find(tables->objects, ENTRY_CAP_TYPE, NULL, object->value))
        report_error(report, object->at, "%s has no capability type; add CAP_TYPE(...)", object->name);
    if (!table_part(object, ENTRY_MADE, 0) || !table_part(object, ENTRY_GONE, 0))
        report_error(report, object->at,
                     "%s does not say how it is made and how it goes; add DOC_MADE and DOC_GONE",
                     object->name);
    for (const struct entry *other = tables->objects; other != object; other++)
        if (other->kind == ENTRY_OBJECT && strcmp(other->page, object->page) == 0)
            report_error(report, object->at, "the page %s is %s's; name another", object->page, other->name);
}

static void check_objects(const struct tables *tables, struct report *report) {
    for (const struct entry *entry = tables->objects; entry->kind != ENTRY_END; entry++) {
        if (entry->kind == ENTRY_OBJECT)
            check_object(tables, entry, report);
        if ((entry->kind == ENTRY_OBJECT_TYPE || entry->kind == ENTRY_OBJECT_AGAIN) &&
            !table_find(tables->objects, ENTRY_OBJECT, entry->name, -1))
            report_error(report, entry->at, "there is no object %s; name one", entry->name);
        if (entry->kind == ENTRY_VALUE_TABLE && !table_find(tables->values, ENTRY_VALUE, entry->name, -1))
            report_error(report, entry->at, "there is no list %s in values.def; name one", entry->name);
    }
}

static void check_syscalls(const struct entry *table, struct report *report) {
    FOR_EACH(call, table, ENTRY_SYSCALL) {
        if (!table_find(table, ENTRY_REGISTERS, call->name, -1))
            report_error(report, call->at,
                         "%s has no registers; add SYSCALL_REGISTERS(%s, ...) to the architecture's table",
                         call->name, call->name);
    }
    FOR_EACH(registers, table, ENTRY_REGISTERS) {
        if (!table_find(table, ENTRY_SYSCALL, registers->name, -1))
            report_error(report, registers->at, "there is no system call %s; delete this", registers->name);
    }
    check_unique_names(table, ENTRY_REGISTERS, report);
}

static void check_faults(const struct entry *table, struct report *report) {
    FOR_EACH(fault, table, ENTRY_FAULT) {
        if (!table_find(table, ENTRY_FAULT_WORD, NULL, fault->value) ||
            !table_find(table, ENTRY_FAULT_REPLY, NULL, fault->value))
            report_error(report, fault->at, "%s has no words or no reply; add FAULT_WORD and FAULT_REPLY",
                         fault->name);
    }
    for (const struct entry *part = table; part->kind != ENTRY_END; part++)
        if ((part->kind == ENTRY_FAULT_WORD || part->kind == ENTRY_FAULT_REPLY ||
             part->kind == ENTRY_REPLY_WORD) &&
            !table_find(table, ENTRY_FAULT, NULL, part->value))
            report_error(report, part->at, "there is no fault %ld; name one", part->value);
}

// The fields follow each other without a gap.
static void check_fields(const struct entry *table, struct report *report) {
    long next = 0;
    FOR_EACH(field, table, ENTRY_FIELD) {
        if (field->value != next)
            report_error(
                report, field->at,
                "%s is at byte %ld, and what is documented ends at %ld; document the fields in order",
                field->name, field->value, next);
        next = field->value + field->count;
    }
}

void check_tables(const struct tables *tables, struct report *report) {
    check_unique(tables->methods, ENTRY_METHOD, "label", report);
    check_unique(tables->objects, ENTRY_CAP_TYPE, "capability type", report);
    check_unique(tables->objects, ENTRY_OBJECT, "capability type", report);
    check_unique(tables->objects, ENTRY_OBJECT_TYPE, "object type", report);
    check_unique(tables->syscalls, ENTRY_SYSCALL, "system call", report);
    check_unique(tables->faults, ENTRY_FAULT, "fault", report);
    check_unique(tables->values, ENTRY_VALUE, "value", report);
    check_unique(tables->boot, ENTRY_VALUE, "value", report);
    check_fields(tables->boot, report);
    check_unique_names(tables->methods, ENTRY_METHOD, report);
    check_unique_names(tables->objects, ENTRY_OBJECT, report);
    check_unique_names(tables->syscalls, ENTRY_SYSCALL, report);
    check_documented(tables->objects, ENTRY_OBJECT, report);
    check_documented(tables->methods, ENTRY_METHOD, report);
    check_documented(tables->syscalls, ENTRY_SYSCALL, report);
    check_documented(tables->faults, ENTRY_FAULT, report);
    FOR_EACH(method, tables->methods, ENTRY_METHOD) {
        check_method(tables, method, report);
    }
    check_objects(tables, report);
    check_syscalls(tables->syscalls, report);
    check_faults(tables->faults, report);
    check_texts(tables, tables->objects, report);
    check_texts(tables, tables->methods, report);
    check_texts(tables, tables->syscalls, report);
    check_texts(tables, tables->faults, report);
    check_texts(tables, tables->values, report);
    check_texts(tables, tables->boot, report);
}
