// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Seeds in a device tree and in an image. Nothing changes its size, so nothing else moves.
#define _GNU_SOURCE
#include <string.h>

#include <libfdt.h>

#include <bench/runner/seeds.h>
#include <vmm/include/vmm/config.h>

// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
static uint64_t stir(uint64_t seed, uint64_t number) {
    uint64_t z = seed + number * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

// The tree's /chosen, when both seeds are there in the right sizes; else a negative number.
static int seeds_find(const void *tree, size_t size) {
    int kaslr = 0, rng = 0;
    if (size < sizeof(struct fdt_header) || fdt_check_header(tree) != 0 || fdt_totalsize(tree) > size) {
        return -1;
    }
    int node = fdt_path_offset(tree, "/chosen");
    if (node < 0 || fdt_getprop(tree, node, "kaslr-seed", &kaslr) == NULL || kaslr != 8 ||
        fdt_getprop(tree, node, "rng-seed", &rng) == NULL || rng != 32) {
        return -1;
    }
    return node;
}

static const char no_seeds[] = "/chosen has not both seeds: kaslr-seed of 8 bytes and rng-seed of 32";

const char *seeds_read(const void *tree, size_t size, struct seeds *seeds) {
    int node = seeds_find(tree, size);
    if (node < 0) {
        return no_seeds;
    }
    const fdt32_t *kaslr = fdt_getprop(tree, node, "kaslr-seed", NULL);
    seeds->kaslr = (uint64_t)fdt32_to_cpu(kaslr[0]) << 32 | fdt32_to_cpu(kaslr[1]);
    memcpy(seeds->rng, fdt_getprop(tree, node, "rng-seed", NULL), sizeof(seeds->rng));
    return NULL;
}

struct seeds seeds_derive(const struct seeds *board, unsigned number) {
    struct seeds seeds = *board;
    if (number == 0) {
        return seeds;
    }
    seeds.kaslr = stir(board->kaslr, number);
    for (size_t i = 0; i < sizeof(seeds.rng); i += 8) {
        uint64_t word;
        memcpy(&word, board->rng + i, sizeof(word));
        word = stir(word + i, number);
        memcpy(seeds.rng + i, &word, sizeof(word));
    }
    return seeds;
}

const char *seeds_write_tree(void *tree, size_t size, const struct seeds *seeds) {
    int node = seeds_find(tree, size);
    if (node < 0 || fdt_setprop_inplace_u64(tree, node, "kaslr-seed", seeds->kaslr) != 0 ||
        fdt_setprop_inplace(tree, node, "rng-seed", seeds->rng, sizeof(seeds->rng)) != 0) {
        return no_seeds;
    }
    return NULL;
}

const char *seeds_write_image(void *image, size_t size, const struct seeds *before,
                              const struct seeds *seeds) {
    const uint64_t magic = VM_CONFIG_MAGIC;
    uint8_t *bytes = image, *at = bytes;
    while ((at = memmem(at, size - (size_t)(at - bytes), &magic, sizeof(magic))) != NULL) {
        struct vm_config config;
        if (size - (size_t)(at - bytes) < sizeof(config)) {
            break;
        }
        memcpy(&config, at, sizeof(config));
        if (config.size == sizeof(config) && config.kaslr_seed == before->kaslr &&
            memcmp(config.rng_seed, before->rng, sizeof(before->rng)) == 0) {
            config.kaslr_seed = seeds->kaslr;
            memcpy(config.rng_seed, seeds->rng, sizeof(seeds->rng));
            memcpy(at, &config, sizeof(config));
            return NULL;
        }
        at += sizeof(magic);
    }
    return "no VM's configuration in it has the seeds of the guest's device tree";
}
