// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The settings of a VM: the one table that the parser, the overrides and the checks share.
#ifndef TOOLS_IMAGE_SETTINGS_H
#define TOOLS_IMAGE_SETTINGS_H

#include "system.h"

enum setting_kind { SETTING_NUMBER, SETTING_STRING, SETTING_CHOICE, SETTING_DEVICES };

struct setting {
    const char *name;
    enum setting_kind kind;
    bool required;
    uint64_t least, most, preset; // of numbers; a preset of 0: required, or taken from another key
    const char *unit;             // of numbers
    uint64_t longest;             // of strings, bytes
    const char *const *choices;   // of choices: the number is the index; NULL ends them
};
extern const struct setting settings[KEY_COUNT];

// The index of `word` among the choices, or -1.
int setting_choice(const struct setting *setting, const char *word);
// "auto, native, trap".
void setting_list_choices(const struct setting *setting, char *text, size_t size);

#endif
