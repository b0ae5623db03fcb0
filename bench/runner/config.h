// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the Makefile tells the runner: a JSON file. Every member is required
// but those below the line.
//     version, commit                  of this tree
//     board, emulator, cpu, gic, unit  the machine; unit is ticks_1ghz_icount or ns
//     kernel, kernel_file              the guest's kernel: its release, and the Image, as a template
//     kernel_sha256, initrd_sha256     the files' hashes
//     tree                             file of the guest's device tree, as a template
//     board_tree                       file of the board's device tree, which has TREE_LOOPBACK
//     start                            file to write the native start code to
//     prepare                          array of commands, run once for each case before its boots
//     native, virt                     the commands that boot the two sides
//     boots                            boots of each side for each case
//     time_limit                       of a boot, in seconds of wall time
//     results                          file to write the results to
//     limits                           what the machine does not model, one line for the report
//     ----
//     boot_tree                        file of a native boot's tree, a template: `tree` with the boot's seeds
//     image, boot_image                the packed image and that of a guest's boot with its seeds, templates
//                                      (without these three every boot has the board's seeds)
//     first_seed                       number of the first boot's seeds; 0, the board's, if not there
//     order_seed                       0 or not there: native and guest take turns; else in random order
//     jobs                             2: a native boot and its guest's run at the same time; 1 if not there
//     peer_boots                       boots of each peer for each case; as `boots` if not there
//     board_memory_mib                 of the machine that the hypervisor starts on
//     repeat                           the command that repeats the run, for the report
//     footprint                        JSON file, copied into the results
//     verbose                          true: consoles on stderr
//     suites                           object: suite => the members that are others for its cases
//     check                            true: a checked case over its budget is a failure
// A template has {case} for the case's label; native has {memory_mib} of the guest, {tree_address},
// {initrd_address}, {kernel_address} and {start_address} too. Commands are split at blanks; there is no
// quoting and no shell.
#ifndef GLACIS_BENCH_RUNNER_CONFIG_H
#define GLACIS_BENCH_RUNNER_CONFIG_H

#include <stdbool.h>

#include <jansson.h>

#include <bench/runner/tree.h>

#define COMMAND_BYTES_MAX 8192
#define COMMAND_WORDS_MAX 128
#define CONFIG_SEED_MAX   1000000

struct config {
    json_t *root; // owns every string below
    const char *version, *commit;
    const char *board, *emulator, *cpu, *unit;
    const char *kernel, *kernel_file, *kernel_sha256, *initrd_sha256;
    const char *tree, *board_tree, *start, *native, *virt, *results, *limits;
    const char *boot_tree, *image, *boot_image, *repeat, *footprint; // NULL: not there
    const json_t *prepare, *peers;
    int gic, boots, time_limit, first_seed, order_seed, board_memory_mib;
    int jobs;       // boots at a time
    int peer_boots; // boots of each peer for each case; 0: as `boots`
    bool check, verbose;
    bool of_suite; // config_suite: the suite has members of its own
};

// Loads a file. Returns false with one line in `error` that says what to mend.
bool config_load(const char *path, struct config *config, char *error, size_t error_size);
// The configuration for the cases of a suite: what `suites` says of it in the place of the general members.
// `changed` is valid as long as `config` is. Returns false as config_load does.
bool config_suite(const struct config *config, const char *suite, struct config *changed, char *error,
                  size_t error_size);
void config_free(struct config *config);

struct command {
    char text[COMMAND_BYTES_MAX];
    const char *argv[COMMAND_WORDS_MAX + 1];
};

// Puts the values in a template and splits it. `layout` may be NULL when the template has no addresses.
// Returns false if the result is too long or a {word} is unknown.
bool command_expand(const char *template, const char *label, const struct tree_layout *layout,
                    struct command *command);

#endif
