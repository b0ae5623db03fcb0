// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Peers: other hypervisors that run a case's guest on the same machine (bench/peers/peers.mk). The member
// `peers` of the configuration is an array of objects:
//     name, version   in the results
//     prepare         the command that makes what the peer boots, of the case's kernel and the boot's tree
//     command         boots it; it has the words of `native`
//     prefix          what stands before each line of the guest; may be empty
//     except          object: a suite's or a case's label => why the peer does not run it
#ifndef GLACIS_BENCH_RUNNER_PEERS_H
#define GLACIS_BENCH_RUNNER_PEERS_H

#include <bench/runner/boots.h>
#include <bench/runner/cases.h>
#include <bench/runner/config.h>
#include <bench/runner/machine.h>

// What the runner does for a peer's boot. `peer` is its name.
struct peers_hooks {
    void *context;
    // Writes the tree with the seeds of a number. Returns NULL, or what is wrong.
    const char *(*tree_write)(void *context, unsigned seed);
    void (*progress)(void *context, const char *peer);
    void (*booted)(void *context, double seconds);
    void (*failed)(void *context, const char *peer, int seed, const char *reason,
                   const struct machine_run *run);
};

// How many peers the configuration has.
size_t peers_count(const struct config *config);

// How many boots each of them makes of a case.
unsigned peers_boots(const struct config *config);

// An array for the results file, with the peers and no cases yet.
json_t *peers_results(const struct config *config);

// Boots a case on each peer and adds figures, or the reason why there are none, to `results`. Returns how
// many boots gave no figure though the peer runs the case.
size_t peers_measure(const struct config *config, const struct bench_case *bench_case,
                     const struct tree_layout *layout, const struct peers_hooks *hooks, json_t *results);

// Prints the medians of all that was measured, a column a peer.
void peers_print(const json_t *results, FILE *out);

#endif
