// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Kernel errors and faults in words.
#ifndef SERVICES_ROOT_REPORT_H
#define SERVICES_ROOT_REPORT_H

#include <stddef.h>
#include <abi/types.h>

// The name of an error, as the API writes it.
const char *report_error_name(enum sel4_error error);

// What a thread did, from its fault message: "it read from address 0x0, where nothing is mapped (pc ...)".
// `words` holds `length` message words.
void report_fault(char *text, size_t size, word_t label, const word_t *words, word_t length);

// Registers, as many lines as report_register_lines: line `line` of them, without a newline. `registers` in
// the order of enum sel4_user_register.
#define REPORT_REGISTER_LINES 9
void report_registers(char *text, size_t size, unsigned line, const word_t *registers);

#endif
