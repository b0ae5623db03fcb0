// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The parser of system files: one function a rule of the grammar in system.h. After an error it goes on with
// the next line, so that one run shows all errors.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lex.h"
#include "settings.h"
#include "system.h"

struct parser {
    struct lexer lexer;
    struct system *system;
    const char *out;
    struct report *report;
};

const struct device_kind device_kinds[] = {
    {"pl011", VM_DEVICE_PL011, 0x1000, "arm,pl011", false},
    {"pl061", VM_DEVICE_PL061, 0x1000, "arm,pl061", true},
};
const unsigned device_kind_count = sizeof device_kinds / sizeof device_kinds[0];

static struct token *parse_token(struct parser *parser) {
    return &parser->lexer.token;
}

static void parse_skip_line(struct parser *parser) {
    while (parse_token(parser)->kind != TOKEN_LINE_END && parse_token(parser)->kind != TOKEN_END &&
           parse_token(parser)->kind != TOKEN_CLOSE) {
        lex_next(&parser->lexer);
    }
}

// Reports the current token as unexpected, unless the lexer has reported it.
static void parse_unexpected(struct parser *parser, const char *wanted) {
    const struct token *token = parse_token(parser);
    if (token->kind == TOKEN_ERROR) {
        return;
    }
    if (token->kind == TOKEN_NAME) {
        report_error(parser->report, token->at, "'%.40s' stands here; write %s", token->text, wanted);
    } else {
        report_error(parser->report, token->at, "%s stands here; write %s", lex_kind_name(token->kind),
                     wanted);
    }
}

static bool parse_expect(struct parser *parser, enum token_kind kind, const char *wanted) {
    if (parse_token(parser)->kind != kind) {
        parse_unexpected(parser, wanted);
        return false;
    }
    lex_next(&parser->lexer);
    return true;
}

// The path with $(OUT) replaced; the caller frees it.
static char *parse_expand(struct parser *parser, const struct token *token) {
    static const char variable[] = "$(OUT)";
    const char *found = strstr(token->text, variable), *unknown = strstr(token->text, "$(");

    if (unknown && unknown != found) {
        report_error(parser->report, token->at,
                     "'%.40s' begins an unknown variable; only $(OUT) stands for something", unknown);
    } else if (found && !parser->out) {
        report_error(parser->report, token->at, "$(OUT) is not known here; give --out FOLDER");
    } else if (found) {
        size_t size = strlen(token->text) + strlen(parser->out) + 1;
        char *path = bytes_reallocate(NULL, size);
        snprintf(path, size, "%.*s%s%s", (int)(found - token->text), token->text, parser->out,
                 found + strlen(variable));
        return path;
    }
    return bytes_copy_string(token->text);
}

static bool parse_number_after(struct parser *parser, const char *word, bool *has, struct position *at,
                               uint64_t *number) {
    lex_next(&parser->lexer);
    if (*has) {
        report_error(parser->report, parse_token(parser)->at,
                     "'%s' is given twice for this device; remove one", word);
        return false;
    }
    *has = true;
    *at = parse_token(parser)->at;
    *number = parse_token(parser)->number;
    return parse_expect(parser, TOKEN_NUMBER, "a number");
}

// DEVICE [ "at" NUMBER ] [ "irq" NUMBER ]
static bool parse_device(struct parser *parser, struct system_vm *vm) {
    struct token *token = parse_token(parser);
    struct system_device device = {.at = token->at};

    if (token->kind != TOKEN_NAME) {
        parse_unexpected(parser, "a device, such as pl011");
        return false;
    }
    for (unsigned i = 0; i < device_kind_count; i++) {
        if (strcmp(token->text, device_kinds[i].name) == 0) {
            device.kind = &device_kinds[i];
        }
    }
    if (!device.kind) {
        const char *near =
            report_nearest(token->text, &device_kinds[0].name, device_kind_count, sizeof *device_kinds);
        report_error(parser->report, token->at, "'%.40s' is not a device; %s%s (there is: %s)", token->text,
                     near ? "did you mean " : "choose one", near ? near : "", device_kinds[0].name);
        return false;
    }
    lex_next(&parser->lexer);
    while (token->kind == TOKEN_NAME) {
        bool good;
        if (strcmp(token->text, "at") == 0) {
            good = parse_number_after(parser, "at", &device.has_address, &device.address_at, &device.address);
        } else if (strcmp(token->text, "irq") == 0) {
            good = parse_number_after(parser, "irq", &device.has_irq, &device.irq_at, &device.irq);
        } else {
            parse_unexpected(parser, "'at ADDRESS', 'irq NUMBER', or ',' before the next device");
            good = false;
        }
        if (!good) {
            return false;
        }
    }
    if (vm->device_count == VM_MAX_DEVICES) {
        report_error(parser->report, device.at, "VM %s has more than %d devices; remove some", vm->name,
                     VM_MAX_DEVICES);
        return false;
    }
    vm->devices[vm->device_count++] = device;
    return true;
}

static bool parse_devices(struct parser *parser, struct system_vm *vm) {
    while (parse_device(parser, vm)) {
        if (parse_token(parser)->kind != TOKEN_COMMA) {
            return true;
        }
        lex_next(&parser->lexer);
    }
    return false;
}

static bool parse_choice(struct parser *parser, const struct setting *setting, struct system_value *value) {
    const struct token *token = parse_token(parser);
    char list[128];

    setting_list_choices(setting, list, sizeof list);
    if (token->kind != TOKEN_NAME) {
        char wanted[160];
        snprintf(wanted, sizeof wanted, "one of: %s", list);
        parse_unexpected(parser, wanted);
        return false;
    }
    int choice = setting_choice(setting, token->text);
    if (choice < 0) {
        report_error(parser->report, token->at, "%s = %.40s is not known; write one of: %s", setting->name,
                     token->text, list);
        return false;
    }
    value->number = (uint64_t)choice;
    lex_next(&parser->lexer);
    return true;
}

static bool parse_value(struct parser *parser, struct system_vm *vm, enum system_key key) {
    struct system_value *value = &vm->values[key];
    const struct token *token = parse_token(parser);

    value->at = token->at;
    switch (settings[key].kind) {
    case SETTING_NUMBER:
        value->number = token->number;
        return parse_expect(parser, TOKEN_NUMBER, "a number");
    case SETTING_STRING:
        if (token->kind == TOKEN_STRING) {
            value->text = key == KEY_CMDLINE ? bytes_copy_string(token->text) : parse_expand(parser, token);
        } else {
            value->text = bytes_copy_string("");
        }
        return parse_expect(parser, TOKEN_STRING, "a string in double quotes");
    case SETTING_CHOICE:
        return parse_choice(parser, &settings[key], value);
    default:
        return parse_devices(parser, vm);
    }
}

// KEY "=" value
static bool parse_setting(struct parser *parser, struct system_vm *vm) {
    const struct token *token = parse_token(parser);

    if (token->kind != TOKEN_NAME) {
        parse_unexpected(parser, "a setting, such as memory = 512, or '}'");
        return false;
    }
    int key = 0;
    while (key < KEY_COUNT && strcmp(settings[key].name, token->text) != 0) {
        key++;
    }
    if (key == KEY_COUNT) {
        const char *near = report_nearest(token->text, &settings[0].name, KEY_COUNT, sizeof settings[0]);
        report_error(parser->report, token->at, "'%.40s' is not a setting of a VM; %s%s%s", token->text,
                     near ? "did you mean '" : "remove the line, or see the list in tools/image/system.h",
                     near ? near : "", near ? "'?" : "");
        return false;
    }
    if (vm->values[key].at.file) {
        report_error(parser->report, token->at, "%s was given in line %u already; remove one of the two",
                     settings[key].name, vm->values[key].at.line);
        return false;
    }
    lex_next(&parser->lexer);
    return parse_expect(parser, TOKEN_EQUALS, "'='") && parse_value(parser, vm, (enum system_key)key);
}

static void parse_body(struct parser *parser, struct system_vm *vm) {
    const struct token *token = parse_token(parser);

    while (token->kind != TOKEN_CLOSE && token->kind != TOKEN_END) {
        if (token->kind == TOKEN_LINE_END) {
            lex_next(&parser->lexer);
        } else if (!parse_setting(parser, vm)) {
            parse_skip_line(parser);
        } else if (token->kind != TOKEN_LINE_END && token->kind != TOKEN_CLOSE && token->kind != TOKEN_END) {
            parse_unexpected(parser, "the next setting on a line of its own");
            parse_skip_line(parser);
        }
    }
    if (token->kind == TOKEN_END) {
        report_error(parser->report, token->at, "the file ends inside VM %s; close it with '}'", vm->name);
        return;
    }
    lex_next(&parser->lexer);
}

static void parse_check_name(struct parser *parser, const struct token *token) {
    struct system *system = parser->system;

    if (strlen(token->text) >= VM_NAME_BYTES) {
        report_error(parser->report, token->at, "the name '%.40s' is too long; use %d characters at most",
                     token->text, VM_NAME_BYTES - 1);
    }
    for (unsigned i = 0; i < system->vm_count; i++) {
        if (strncmp(system->vms[i].name, token->text, VM_NAME_BYTES - 1) == 0) {
            report_error(parser->report, token->at,
                         "a VM called %s is in line %u already; give one of them another name",
                         system->vms[i].name, system->vms[i].at.line);
        }
    }
}

// "vm" NAME "{" { setting } "}"
static bool parse_vm(struct parser *parser) {
    const struct token *token = parse_token(parser);
    struct system *system = parser->system;

    if (token->kind != TOKEN_NAME || strcmp(token->text, "vm") != 0) {
        parse_unexpected(parser, "'vm NAME {'");
        return false;
    }
    lex_next(&parser->lexer);
    if (token->kind != TOKEN_NAME) {
        parse_unexpected(parser, "the VM's name (it begins with a letter)");
        return false;
    }
    if (system->vm_count == SYSTEM_MAX_VMS) {
        report_error(parser->report, token->at, "this is more than %d VMs; remove some", SYSTEM_MAX_VMS);
        return false;
    }
    parse_check_name(parser, token);
    struct system_vm *vm = &system->vms[system->vm_count++];
    *vm = (struct system_vm){.at = token->at, .number = system->vm_count - 1};
    snprintf(vm->name, sizeof vm->name, "%.*s", VM_NAME_BYTES - 1, token->text);
    lex_next(&parser->lexer);
    if (!parse_expect(parser, TOKEN_OPEN, "'{'")) {
        return false;
    }
    parse_body(parser, vm);
    return true;
}

// Skips to a line that begins with `vm`.
static void parse_skip_to_vm(struct parser *parser) {
    const struct token *token = parse_token(parser);
    bool line_begins = false;

    while (token->kind != TOKEN_END &&
           !(line_begins && token->kind == TOKEN_NAME && strcmp(token->text, "vm") == 0)) {
        line_begins = token->kind == TOKEN_LINE_END;
        lex_next(&parser->lexer);
    }
}

void system_parse(struct system *system, const char *path, const struct bytes *text, const char *out,
                  struct report *report) {
    struct parser *parser = bytes_reallocate(NULL, sizeof *parser);

    *system = (struct system){.path = path};
    parser->system = system;
    parser->out = out;
    parser->report = report;
    lex_start(&parser->lexer, path, text, report);
    while (parse_token(parser)->kind != TOKEN_END && report->errors <= REPORT_MAX_ERRORS) {
        if (parse_token(parser)->kind == TOKEN_LINE_END) {
            lex_next(&parser->lexer);
        } else if (!parse_vm(parser)) {
            parse_skip_to_vm(parser);
        }
    }
    free(parser);
}

// Finds the VM that `argument` (VM=VALUE or VALUE) speaks of; *value is what follows.
static struct system_vm *override_find_vm(struct system *system, struct position at, const char *argument,
                                          const char **value, struct report *report) {
    // A command line is full of '='; it names a VM only where there are several.
    bool may_name = system->vm_count > 1 || strncmp(at.file, "--cmdline", 9) != 0;
    const char *equals = may_name ? strchr(argument, '=') : NULL;

    for (unsigned i = 0; equals && i < system->vm_count; i++) {
        size_t length = strlen(system->vms[i].name);
        if (length == (size_t)(equals - argument) && memcmp(system->vms[i].name, argument, length) == 0) {
            *value = equals + 1;
            return &system->vms[i];
        }
    }
    *value = argument;
    if (system->vm_count == 1) {
        return &system->vms[0];
    }
    char names[SYSTEM_MAX_VMS * (VM_NAME_BYTES + 2)] = "";
    for (unsigned i = 0; i < system->vm_count; i++) {
        strcat(strcat(names, i ? ", " : ""), system->vms[i].name);
    }
    report_error(report, at, "'%s' does not say which VM is meant; write VM=VALUE (the VMs are: %s)",
                 argument, names);
    return NULL;
}

static void override_choice(const struct setting *setting, struct system_value *value, struct position at,
                            const char *word, struct report *report) {
    int choice = setting_choice(setting, word);
    char list[128];

    if (choice < 0) {
        setting_list_choices(setting, list, sizeof list);
        report_error(report, at, "'%s' is not known; write one of: %s", word, list);
        return;
    }
    value->number = (uint64_t)choice;
}

void system_override(struct system *system, const char *option, const char *argument, struct report *report) {
    struct position at = {.file = option};
    bool append = strcmp(option, "--cmdline-append") == 0;
    const char *name = append ? "cmdline" : option + 2, *text;
    struct system_vm *vm = override_find_vm(system, at, argument, &text, report);

    for (int key = 0; vm && key < KEY_COUNT; key++) {
        struct system_value *value = &vm->values[key];
        if (strcmp(settings[key].name, name) != 0) {
            continue;
        }
        value->at = at;
        if (settings[key].kind == SETTING_NUMBER) {
            char *end;
            // As in a system file: a leading 0 does not mean octal.
            bool hexadecimal = strncmp(text, "0x", 2) == 0 || strncmp(text, "0X", 2) == 0;
            uint64_t number = strtoull(text, &end, hexadecimal ? 16 : 10);
            if (*end || *text < '0' || *text > '9') {
                report_error(report, at, "'%s' is not a number; write MiB without a unit", text);
            } else {
                value->number = number;
            }
        } else if (settings[key].kind == SETTING_CHOICE) {
            override_choice(&settings[key], value, at, text, report);
        } else {
            const char *old = append && value->text ? value->text : "";
            size_t size = strlen(old) + strlen(text) + 2;
            char *joined = bytes_reallocate(NULL, size);
            snprintf(joined, size, "%s%s%s", old, *old ? " " : "", text);
            free(value->text);
            value->text = joined;
        }
    }
}
