// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The words of a system file, one after the other; the grammar is in system.h.
#ifndef TOOLS_IMAGE_LEX_H
#define TOOLS_IMAGE_LEX_H

#include "bytes.h"
#include "report.h"

enum token_kind {
    TOKEN_END,
    TOKEN_LINE_END,
    TOKEN_NAME,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_OPEN,   // {
    TOKEN_CLOSE,  // }
    TOKEN_EQUALS, // =
    TOKEN_COMMA,
    TOKEN_ERROR, // reported already
};

#define LEX_MAX_TEXT 4095

struct token {
    enum token_kind kind;
    struct position at;
    uint64_t number;
    char text[LEX_MAX_TEXT + 1]; // names and strings, without quotes
};

struct lexer {
    const char *file;
    const uint8_t *next, *end;
    unsigned line, column;
    struct report *report;
    struct token token; // the current one
};

void lex_start(struct lexer *lexer, const char *file, const struct bytes *text, struct report *report);
// Steps to the next token, which stands in lexer->token afterwards. Errors are reported here.
void lex_next(struct lexer *lexer);
// How messages call a kind of token, such as "a number".
const char *lex_kind_name(enum token_kind kind);

#endif
