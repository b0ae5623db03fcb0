// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The words of a system file; see lex.h. Columns count bytes from 1.
#include "lex.h"

#include <ctype.h>
#include <string.h>

void lex_start(struct lexer *lexer, const char *file, const struct bytes *text, struct report *report) {
    *lexer = (struct lexer){
        .file = file,
        .next = text->data,
        .end = text->data + text->size,
        .line = 1,
        .column = 1,
        .report = report,
    };
    lex_next(lexer);
}

const char *lex_kind_name(enum token_kind kind) {
    static const char *const names[] = {
        [TOKEN_END] = "the end of the file",
        [TOKEN_LINE_END] = "the end of the line",
        [TOKEN_NAME] = "a word",
        [TOKEN_NUMBER] = "a number",
        [TOKEN_STRING] = "a string",
        [TOKEN_OPEN] = "'{'",
        [TOKEN_CLOSE] = "'}'",
        [TOKEN_EQUALS] = "'='",
        [TOKEN_COMMA] = "','",
        [TOKEN_ERROR] = "something else",
    };
    return names[kind];
}

static int lex_peek(const struct lexer *lexer) {
    return lexer->next < lexer->end ? *lexer->next : -1;
}

static void lex_step(struct lexer *lexer) {
    if (*lexer->next++ == '\n') {
        lexer->line++;
        lexer->column = 1;
    } else {
        lexer->column++;
    }
}

static bool lex_is_word(int c) {
    return c >= 0 && c < 128 && (isalnum(c) || c == '_' || c == '-');
}

// Skips to the end of the line, so that one mistake makes one message.
static void lex_fail(struct lexer *lexer) {
    lexer->token.kind = TOKEN_ERROR;
    while (lex_peek(lexer) >= 0 && lex_peek(lexer) != '\n') {
        lex_step(lexer);
    }
}

// Takes a run of letters, digits, - and _ into token.text. Returns false after a report.
static bool lex_word(struct lexer *lexer) {
    size_t length = 0;
    while (lex_is_word(lex_peek(lexer))) {
        if (length == LEX_MAX_TEXT) {
            report_error(lexer->report, lexer->token.at, "this word is longer than %d characters; shorten it",
                         LEX_MAX_TEXT);
            lex_fail(lexer);
            return false;
        }
        lexer->token.text[length++] = (char)lex_peek(lexer);
        lex_step(lexer);
    }
    lexer->token.text[length] = 0;
    return true;
}

static void lex_number(struct lexer *lexer) {
    struct token *token = &lexer->token;

    if (!lex_word(lexer)) {
        return;
    }
    unsigned base = 10;
    const char *digit = token->text;
    if (digit[0] == '0' && (digit[1] == 'x' || digit[1] == 'X')) {
        base = 16;
        digit += 2;
    }
    token->number = 0;
    token->kind = TOKEN_NUMBER;
    bool any = false;
    for (; *digit; digit++) {
        int c = tolower((unsigned char)*digit);
        unsigned value = isdigit(c)             ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 16;
        if (value >= base) {
            report_error(lexer->report, token->at,
                         "'%.40s' is not a number; write digits alone (0x for hexadecimal), without a unit: "
                         "memory counts MiB, times count microseconds",
                         token->text);
            lex_fail(lexer);
            return;
        }
        if (token->number > (UINT64_MAX - value) / base) {
            report_error(lexer->report, token->at, "'%.40s' does not fit 64 bits; write a smaller number",
                         token->text);
            lex_fail(lexer);
            return;
        }
        token->number = token->number * base + value;
        any = true;
    }
    if (!any) {
        report_error(lexer->report, token->at, "'%s' has no digits; write at least one after 0x",
                     token->text);
        lex_fail(lexer);
    }
}

// A string: between double quotes, on one line; \" and \\ stand for " and \.
static void lex_string(struct lexer *lexer) {
    struct token *token = &lexer->token;
    size_t length = 0;

    token->kind = TOKEN_STRING;
    lex_step(lexer);
    for (;;) {
        struct position here = {lexer->file, lexer->line, lexer->column};
        int c = lex_peek(lexer);
        if (c < 0 || c == '\n') {
            report_error(lexer->report, token->at,
                         "this string does not end on its line; add the closing \"");
            lex_fail(lexer);
            return;
        }
        lex_step(lexer);
        if (c == '"') {
            break;
        }
        if (c == '\\') {
            c = lex_peek(lexer);
            if (c != '"' && c != '\\') {
                report_error(lexer->report, here,
                             "after a \\ only \" or \\ can stand; write \\\\ for a backslash");
                lex_fail(lexer);
                return;
            }
            lex_step(lexer);
        }
        if (c < 32 || c == 127) {
            report_error(lexer->report, here, "a control character (code %d) stands in a string; remove it",
                         c);
            lex_fail(lexer);
            return;
        }
        if (length == LEX_MAX_TEXT) {
            report_error(lexer->report, token->at, "this string is longer than %d bytes; shorten it",
                         LEX_MAX_TEXT);
            lex_fail(lexer);
            return;
        }
        token->text[length++] = (char)c;
    }
    token->text[length] = 0;
}

static enum token_kind lex_mark(int c) {
    switch (c) {
    case '\n':
        return TOKEN_LINE_END;
    case '{':
        return TOKEN_OPEN;
    case '}':
        return TOKEN_CLOSE;
    case '=':
        return TOKEN_EQUALS;
    case ',':
        return TOKEN_COMMA;
    default:
        return TOKEN_ERROR;
    }
}

static void lex_skip_blanks(struct lexer *lexer) {
    int c = lex_peek(lexer);
    while (c == ' ' || c == '\t' || c == '\r') {
        lex_step(lexer);
        c = lex_peek(lexer);
    }
    if (c == '#') {
        while (lex_peek(lexer) >= 0 && lex_peek(lexer) != '\n') {
            lex_step(lexer);
        }
    }
}

void lex_next(struct lexer *lexer) {
    struct token *token = &lexer->token;

    lex_skip_blanks(lexer);
    token->at = (struct position){lexer->file, lexer->line, lexer->column};
    token->text[0] = 0;
    int c = lex_peek(lexer);
    if (c < 0) {
        token->kind = TOKEN_END;
    } else if (c >= '0' && c <= '9') {
        lex_number(lexer);
    } else if (lex_is_word(c)) {
        token->kind = TOKEN_NAME;
        lex_word(lexer);
    } else if (c == '"') {
        lex_string(lexer);
    } else {
        token->kind = lex_mark(c);
        if (token->kind != TOKEN_ERROR) {
            lex_step(lexer);
        } else if (c >= 32 && c < 127) {
            report_error(lexer->report, token->at, "'%c' means nothing here; remove it, or quote the string",
                         c);
            lex_fail(lexer);
        } else {
            report_error(lexer->report, token->at,
                         "the byte 0x%02x means nothing here; a system file is plain text: remove it", c);
            lex_fail(lexer);
        }
    }
}
