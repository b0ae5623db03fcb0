// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Loading and expanding of the Makefile's configuration.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bench/runner/config.h>

struct member {
    const char *name;
    const char **string; // one of the two
    int *number;
};

// Takes those that need not be there.
static bool optional_take(struct config *config, char *error, size_t error_size) {
    const struct member members[] = {
        {"boot_tree", &config->boot_tree, NULL},
        {"image", &config->image, NULL},
        {"boot_image", &config->boot_image, NULL},
        {"repeat", &config->repeat, NULL},
        {"footprint", &config->footprint, NULL},
        {"first_seed", NULL, &config->first_seed},
        {"order_seed", NULL, &config->order_seed},
        {"board_memory_mib", NULL, &config->board_memory_mib},
        {"jobs", NULL, &config->jobs},
        {"peer_boots", NULL, &config->peer_boots},
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const json_t *value = json_object_get(config->root, members[i].name);
        if (json_is_string(value) && members[i].string != NULL) {
            *members[i].string = json_string_value(value);
        } else if (json_is_integer(value) && members[i].number != NULL && json_integer_value(value) >= 0 &&
                   json_integer_value(value) <= CONFIG_SEED_MAX) {
            *members[i].number = (int)json_integer_value(value);
        } else if (value != NULL) {
            snprintf(error, error_size, "member \"%s\" must be a %s", members[i].name,
                     members[i].string != NULL ? "string" : "whole number from 0 to 1000000");
            return false;
        }
    }
    if ((config->image == NULL) != (config->boot_image == NULL) ||
        (config->image == NULL) != (config->boot_tree == NULL)) {
        snprintf(error, error_size, "members \"image\", \"boot_image\" and \"boot_tree\" go together");
        return false;
    }
    return true;
}

// Takes the members from config->root; with `all` every one must be there.
static bool members_take(struct config *config, bool all, char *error, size_t error_size) {
    const struct member members[] = {
        {"version", &config->version, NULL},
        {"commit", &config->commit, NULL},
        {"board", &config->board, NULL},
        {"emulator", &config->emulator, NULL},
        {"cpu", &config->cpu, NULL},
        {"unit", &config->unit, NULL},
        {"kernel", &config->kernel, NULL},
        {"kernel_file", &config->kernel_file, NULL},
        {"kernel_sha256", &config->kernel_sha256, NULL},
        {"initrd_sha256", &config->initrd_sha256, NULL},
        {"board_tree", &config->board_tree, NULL},
        {"tree", &config->tree, NULL},
        {"start", &config->start, NULL},
        {"native", &config->native, NULL},
        {"virt", &config->virt, NULL},
        {"results", &config->results, NULL},
        {"limits", &config->limits, NULL},
        {"gic", NULL, &config->gic},
        {"boots", NULL, &config->boots},
        {"time_limit", NULL, &config->time_limit},
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const json_t *value = json_object_get(config->root, members[i].name);
        bool string = members[i].string != NULL;
        if (value == NULL && !all) {
            continue;
        }
        if (string ? !json_is_string(value) : !json_is_integer(value) || json_integer_value(value) < 1) {
            snprintf(error, error_size, "member \"%s\" must be a %s", members[i].name,
                     string ? "string" : "positive whole number");
            return false;
        }
        if (string) {
            *members[i].string = json_string_value(value);
        } else {
            *members[i].number = (int)json_integer_value(value);
        }
    }
    if (!optional_take(config, error, error_size)) {
        return false;
    }
    const json_t *peers = json_object_get(config->root, "peers");
    config->peers = peers != NULL ? peers : config->peers;
    if (config->peers != NULL && !json_is_array(config->peers)) {
        snprintf(error, error_size, "member \"peers\" must be an array of objects");
        return false;
    }
    const json_t *prepare = json_object_get(config->root, "prepare");
    if (prepare == NULL && !all) {
        return true;
    }
    config->prepare = prepare;
    if (!json_is_array(config->prepare)) {
        snprintf(error, error_size, "member \"prepare\" must be an array of commands");
        return false;
    }
    return true;
}

bool config_load(const char *path, struct config *config, char *error, size_t error_size) {
    json_error_t where;
    memset(config, 0, sizeof(*config));
    config->root = json_load_file(path, 0, &where);
    if (config->root == NULL) {
        snprintf(error, error_size, "%d:%d: %s", where.line, where.column, where.text);
        return false;
    }
    config->check = json_is_true(json_object_get(config->root, "check"));
    config->verbose = json_is_true(json_object_get(config->root, "verbose"));
    return members_take(config, true, error, error_size);
}

bool config_suite(const struct config *config, const char *suite, struct config *changed, char *error,
                  size_t error_size) {
    json_t *members = json_object_get(json_object_get(config->root, "suites"), suite);
    *changed = *config;
    if (members == NULL) {
        return true;
    }
    changed->of_suite = true;
    changed->root = members;
    bool good = json_is_object(members) && members_take(changed, false, error, error_size);
    changed->root = config->root;
    if (!json_is_object(members)) {
        snprintf(error, error_size, "suite \"%s\" must be an object", suite);
    }
    return good;
}

void config_free(struct config *config) {
    json_decref(config->root);
    config->root = NULL;
}

// Writes the value of {name}; false if there is none.
static bool value_write(const char *name, size_t length, const char *label, const struct tree_layout *layout,
                        char *out, size_t size) {
    if (length == 4 && strncmp(name, "case", 4) == 0) {
        snprintf(out, size, "%s", label);
        return true;
    }
    if (layout == NULL) {
        return false;
    }
    if (length == 10 && strncmp(name, "memory_mib", length) == 0) {
        snprintf(out, size, "%" PRIu64, layout->memory_size >> 20);
        return true;
    }
    const struct {
        const char *name;
        uint64_t address;
    } values[] = {
        {"tree_address", layout->tree},
        {"initrd_address", layout->initrd},
        {"kernel_address", layout->kernel},
        {"start_address", layout->start},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (strlen(values[i].name) == length && strncmp(values[i].name, name, length) == 0) {
            snprintf(out, size, "0x%" PRIx64, values[i].address);
            return true;
        }
    }
    return false;
}

bool command_expand(const char *template, const char *label, const struct tree_layout *layout,
                    struct command *command) {
    size_t length = 0, words = 0;
    for (const char *p = template; *p != '\0'; p++) {
        char value[128] = {*p, '\0'};
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end != NULL) {
            if (!value_write(p + 1, (size_t)(end - p - 1), label, layout, value, sizeof(value))) {
                return false;
            }
            p = end;
        }
        size_t added = strlen(value);
        if (length + added >= sizeof(command->text)) {
            return false;
        }
        memcpy(command->text + length, value, added);
        length += added;
    }
    command->text[length] = '\0';

    char *save = NULL;
    for (char *word = strtok_r(command->text, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        if (words == COMMAND_WORDS_MAX) {
            return false;
        }
        command->argv[words++] = word;
    }
    command->argv[words] = NULL;
    return words > 0;
}
