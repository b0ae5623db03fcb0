// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The tables of abi/ as data: a line of a table is an entry, in the order of the files. What is documented
// comes first, its documentation follows it.
#ifndef TOOLS_MANUAL_TABLE_H
#define TOOLS_MANUAL_TABLE_H

#include <tools/image/report.h>

enum entry_kind {
    ENTRY_END,         // after the last one
    ENTRY_DOC,         // text
    ENTRY_SECTION,     // text: the title
    ENTRY_ITEM,        // text
    ENTRY_VALUE_TABLE, // name: the list
    ENTRY_MADE,        // text
    ENTRY_GONE,        // text
    ENTRY_OBJECT,      // name, page, value: capability type, count: 1 if it can be invoked in a combined call
    ENTRY_OBJECT_AGAIN, // name
    ENTRY_OBJECT_TYPE,  // constant, value, name: the object, count: log2 of the bytes or 0, text
    ENTRY_CAP_TYPE,     // constant, value, text
    ENTRY_METHOD,       // name: object, method, value: label, caps, words, count: results, parameters
    ENTRY_CAP,          // name, text
    ENTRY_WORD,         // name, text
    ENTRY_REST,         // name, text
    ENTRY_RESULT,       // name, count, text
    ENTRY_ERROR,        // value: enum sel4_error, words, text: when, mend
    ENTRY_LOOKUP,       // count: 1 for the source, name: root, words: index, text: depth
    ENTRY_SYSCALL,      // name, number, count: 1 if of a debug build
    ENTRY_REGISTERS,    // name: the system call, text: in, mend: out
    ENTRY_FAULT,        // constant, value: label, name
    ENTRY_FAULT_WORD,   // value: fault, name, text
    ENTRY_FAULT_REPLY,  // value: fault, count: label or REPLY_*, text
    ENTRY_REPLY_WORD,   // value: fault, name, text
    ENTRY_FIELD,        // name, value: offset, count: bytes, text
    ENTRY_VALUE,        // name: the list, constant, value, method: the API's name, words, text, mend
};

#define REPLY_ANY   (-1) // every label
#define REPLY_OTHER (-2) // those that are not named

struct entry {
    enum entry_kind kind;
    struct position at;
    const char *name, *constant, *page, *method, *caps, *words, *parameters, *text, *mend;
    long value;
    int count;
};

// Each ends with ENTRY_END.
struct tables {
    const struct entry *objects, *methods, *syscalls, *faults, *values, *boot;
};
extern const struct tables abi_tables;

// The entry with that name (NULL: any) and value (-1: any) among those of a kind, or NULL.
const struct entry *table_find(const struct entry *table, enum entry_kind kind, const char *name, long value);
// Entry number `index` (from 0) of a kind among the documentation of `head`: what follows it up to the next
// entry of head's kind. NULL: there is none.
const struct entry *table_part(const struct entry *head, enum entry_kind kind, unsigned index);
// Name number `index` in "a, b, c" into `name`; false: there is none.
#define TABLE_NAME_SIZE 64
bool table_name(const char *list, unsigned index, char name[TABLE_NAME_SIZE]);
unsigned table_name_count(const char *list);
// "Object_Method", if `text` begins with it (Object being one of the table's objects): its length, and the
// method or NULL. 0: it does not.
size_t table_reference(const struct tables *tables, const char *text, const struct entry **method);

#endif
