// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The tables of abi/, taken in once more with macros that keep everything.
#include "table.h"

#include <abi/bootinfo.h>
#include <abi/labels.h>
#include <abi/types.h>
#include <ctype.h>
#include <lib/sys/declare.h>
#include <stdio.h>
#include <string.h>

// abi/doc.h has made nothing of them.
#undef DOC
#undef DOC_SECTION
#undef DOC_ITEM
#undef DOC_TABLE
#undef DOC_MADE
#undef DOC_GONE
#undef DOC_OBJECT
#undef DOC_CAP
#undef DOC_WORD
#undef DOC_REST
#undef DOC_RESULT
#undef DOC_ERROR
#undef DOC_LOOKUP

#define ENTRY(kind_, ...)                {.kind = ENTRY_##kind_, .at = {__FILE__, __LINE__, 1}, __VA_ARGS__},
#define DOC(text_)                       ENTRY(DOC, .text = text_)
#define DOC_SECTION(text_)               ENTRY(SECTION, .text = text_)
#define DOC_ITEM(text_)                  ENTRY(ITEM, .text = text_)
#define DOC_TABLE(list)                  ENTRY(VALUE_TABLE, .name = #list)
#define DOC_MADE(text_)                  ENTRY(MADE, .text = text_)
#define DOC_GONE(text_)                  ENTRY(GONE, .text = text_)
#define DOC_OBJECT(object)               ENTRY(OBJECT_AGAIN, .name = #object)
#define DOC_CAP(name_, text_)            ENTRY(CAP, .name = #name_, .text = text_)
#define DOC_WORD(name_, text_)           ENTRY(WORD, .name = #name_, .text = text_)
#define DOC_REST(name_, text_)           ENTRY(REST, .name = #name_, .text = text_)
#define DOC_RESULT(count_, name_, text_) ENTRY(RESULT, .count = (count_), .name = #name_, .text = text_)
#define DOC_ERROR(code, words_, when, mend_)                                                                 \
    ENTRY(ERROR, .value = SEL4_##code, .words = words_, .text = when, .mend = mend_)
#define DOC_LOOKUP(source, root, index, depth)                                                               \
    ENTRY(LOOKUP, .count = (source), .name = root, .words = index, .text = depth)

#define OBJECT(name_, page_, type, combined)                                                                 \
    ENTRY(OBJECT, .name = #name_, .page = #page_, .value = (type), .count = (combined))
#define OBJECT_TYPE(constant_, number, object, bits, text_)                                                  \
    ENTRY(OBJECT_TYPE, .constant = #constant_, .value = (number), .name = #object, .count = (bits),          \
          .text = text_)
#define CAP_TYPE(constant_, number, text_)                                                                   \
    ENTRY(CAP_TYPE, .constant = #constant_, .value = (number), .text = text_)
static const struct entry objects[] = {
#include <abi/objects.def>
    {.kind = ENTRY_END}};

#define TEXT(...)                                           TEXT_(__VA_ARGS__)
#define TEXT_(...)                                          #__VA_ARGS__
#define CAPS(...)                                           (__VA_ARGS__)
#define WORDS(...)                                          (__VA_ARGS__)
#define RESULTS(n)                                          n
#define STUB_PARAMETERS(object, method, caps, words, n)     TEXT(SYS_PARAMETERS(caps, words, n))
#define SYS_DEFINED_BY_HAND(object, method, caps, words, n) TEXT(SYS_PARAMETERS_##object##_##method)
#define INVOCATION(object, method_, label, caps_, words_, n)                                                 \
    ENTRY(METHOD, .name = #object, .method = #method_, .value = (label), .caps = TEXT_ caps_,                \
          .words = TEXT_ words_, .count = (n),                                                               \
          .parameters = SYS_SECOND(SYS_BY_HAND_##object##_##method_, STUB_PARAMETERS, ~)(object, method_,    \
                                                                                         caps_, words_, n))
static const struct entry methods[] = {
#include <abi/invocations.def>
    {.kind = ENTRY_END}};

#define SYSCALL(name_, number)            ENTRY(SYSCALL, .name = #name_, .value = (number))
#define DEBUG_SYSCALL(name_, number)      ENTRY(SYSCALL, .name = #name_, .value = (number), .count = 1)
#define SYSCALL_REGISTERS(name_, in, out) ENTRY(REGISTERS, .name = #name_, .text = in, .mend = out)
static const struct entry syscalls[] = {
#include <abi/syscalls.def>
    {.kind = ENTRY_END}};

#define ANY                              REPLY_ANY
#define OTHER                            REPLY_OTHER
#define FAULT(constant_, label, name_)   ENTRY(FAULT, .constant = #constant_, .value = (label), .name = name_)
#define FAULT_WORD(fault, name_, text_)  ENTRY(FAULT_WORD, .value = (fault), .name = name_, .text = text_)
#define FAULT_REPLY(fault, label, text_) ENTRY(FAULT_REPLY, .value = (fault), .count = (label), .text = text_)
#define REPLY_WORD(fault, name_, text_)  ENTRY(REPLY_WORD, .value = (fault), .name = name_, .text = text_)
static const struct entry faults[] = {
#include <abi/faults.def>
    {.kind = ENTRY_END}};

#define VALUE(list, constant_, value_, text_)                                                                \
    ENTRY(VALUE, .name = list, .constant = #constant_, .value = (value_), .text = text_)
#define ERROR(constant_, value_, name_, words_, text_, mend_)                                                \
    ENTRY(VALUE, .name = "errors", .constant = #constant_, .value = (value_), .method = name_,               \
          .words = words_, .text = text_, .mend = mend_)
#define LOOKUP_FAILURE(constant_, value_, name_, words_, text_, mend_)                                       \
    ENTRY(VALUE, .name = "lookup_failures", .constant = #constant_, .value = (value_), .method = name_,      \
          .words = words_, .text = text_, .mend = mend_)
#define RIGHT(constant_, value_, text_)           VALUE("rights", constant_, value_, text_)
#define USER_REGISTER(constant_, value_, text_)   VALUE("user_registers", constant_, value_, text_)
#define VCPU_REGISTER(constant_, value_, text_)   VALUE("vcpu_registers", constant_, value_, text_)
#define GLACIS_REGISTER(constant_, value_, text_) VALUE("vcpu_registers", constant_, value_, text_)
#define PAGE_ATTRIBUTE(constant_, value_, text_)  VALUE("page_attributes", constant_, value_, text_)
#define EXIT_BIT(constant_, value_, text_)        VALUE("exit_bits", constant_, value_, text_)
#define STATISTIC(constant_, value_, text_)       VALUE("statistics", constant_, value_, text_)
#define EXIT_CAUSE(constant_, value_, text_)      VALUE("exit_causes", constant_, value_, text_)
static const struct entry values[] = {
#include <abi/values.def>
    {.kind = ENTRY_END}};

#define BOOT_SLOT(constant_, value_, text_)  VALUE("boot_slots", constant_, value_, text_)
#define BOOT_CHUNK(constant_, value_, text_) VALUE("boot_chunks", constant_, value_, text_)
#define BOOT_FIELD(field, text_)                                                                             \
    ENTRY(FIELD, .name = #field, .value = offsetof(struct sel4_bootinfo, field),                             \
          .count = sizeof(((struct sel4_bootinfo *)0)->field), .text = text_)
static const struct entry boot[] = {
#include <abi/boot.def>
    {.kind = ENTRY_END}};

const struct tables abi_tables = {objects, methods, syscalls, faults, values, boot};

const struct entry *table_find(const struct entry *table, enum entry_kind kind, const char *name,
                               long value) {
    for (const struct entry *entry = table; entry->kind != ENTRY_END; entry++)
        if (entry->kind == kind && (!name || strcmp(entry->name, name) == 0) &&
            (value == -1 || entry->value == value))
            return entry;
    return NULL;
}

const struct entry *table_part(const struct entry *head, enum entry_kind kind, unsigned index) {
    for (const struct entry *entry = head + 1;
         entry->kind != ENTRY_END && entry->kind != head->kind && entry->kind != ENTRY_OBJECT_AGAIN; entry++)
        if (entry->kind == kind && index-- == 0)
            return entry;
    return NULL;
}

bool table_name(const char *list, unsigned index, char name[TABLE_NAME_SIZE]) {
    while (index--) {
        list = strchr(list, ',');
        if (!list)
            return false;
        list += strspn(list, ", ");
    }
    snprintf(name, TABLE_NAME_SIZE, "%.*s", (int)strcspn(list, ","), list);
    return name[0];
}

unsigned table_name_count(const char *list) {
    char name[TABLE_NAME_SIZE];
    unsigned count = 0;
    while (table_name(list, count, name))
        count++;
    return count;
}

size_t table_reference(const struct tables *tables, const char *text, const struct entry **method) {
    char object[TABLE_NAME_SIZE], name[TABLE_NAME_SIZE];
    size_t length = 0, start;
    while (isalnum((unsigned char)text[length]))
        length++;
    if (length == 0 || length >= sizeof(object) || text[length] != '_' ||
        !isupper((unsigned char)text[length + 1]))
        return 0;
    snprintf(object, sizeof(object), "%.*s", (int)length, text);
    if (!table_find(tables->objects, ENTRY_OBJECT, object, -1))
        return 0;
    start = ++length;
    while (isalnum((unsigned char)text[length]))
        length++;
    snprintf(name, sizeof(name), "%.*s", (int)(length - start), text + start);
    *method = NULL;
    for (const struct entry *entry = tables->methods; entry->kind != ENTRY_END; entry++)
        if (entry->kind == ENTRY_METHOD && strcmp(entry->name, object) == 0 &&
            strcmp(entry->method, name) == 0)
            *method = entry;
    return length;
}
