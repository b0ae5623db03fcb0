// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The programs bandwidth and latency. The working set is in pages of 4 KiB, as most programs' memory is, so
// that the translation of addresses takes part. What is read is checked.
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <bench/suite/counter.h>
#include <bench/suite/memory/working_set.h>
#include <bench/suite/programs.h>

#define BANDWIDTH_BYTES (1024 * 1024)
#define LATENCY_LOADS   10000

static size_t lines_parse(const char *text) {
    uint64_t bytes = number_parse(text);
    if (bytes % LINE_BYTES != 0 || bytes / LINE_BYTES > UINT32_MAX) {
        program_fail("a working set of %" PRIu64 " bytes: it must be a multiple of 64", bytes);
    }
    return bytes / LINE_BYTES;
}

static void *memory_take(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        program_fail("not enough memory for a working set of %zu bytes", bytes);
    }
    // A kernel without huge pages refuses, and needs not be told.
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    return memory;
}

// A sample reads, or writes, BANDWIDTH_BYTES, going on in the working set where the one before ended.
void bandwidth_main(char **arguments) {
    const size_t lines = lines_parse(arguments[0]), each = BANDWIDTH_BYTES / LINE_BYTES;
    const uint64_t samples = number_parse(arguments[1]);
    struct series read = series_make("read", samples), write = series_make("write", samples);
    struct cursor reader = {memory_take(lines * LINE_BYTES), lines, 0}, writer = reader;
    lines_write(&writer, lines, 1);
    for (uint64_t i = 0; i < samples; i++) {
        uint64_t begin = counter_read();
        uint64_t sum = lines_read(&reader, each);
        uint64_t end = counter_read();
        lines_write(&writer, each, 1);
        write.ticks[write.count++] = counter_read() - end;
        read.ticks[read.count++] = end - begin;
        if (sum != each * LINE_WORDS) {
            program_fail("sample %" PRIu64 " read something else than was written", i);
        }
    }
    series_print(&read);
    series_print(&write);
}

// A sample is LATENCY_LOADS loads. At the end the walk goes on to where it began: so many steps it must have
// made.
void latency_main(char **arguments) {
    const size_t lines = lines_parse(arguments[0]);
    const uint64_t samples = number_parse(arguments[1]);
    struct series series = series_make("loads", samples);
    struct line *ring = memory_take(lines * sizeof(*ring)), *at = ring;
    uint32_t *order = calloc(lines, sizeof(*order));
    if (order == NULL) {
        program_fail("not enough memory for the order of %zu lines", lines);
    }
    ring_make(ring, order, lines, 1);
    free(order);
    while (series.count < samples) {
        uint64_t begin = counter_read();
        at = ring_walk(at, LATENCY_LOADS);
        series.ticks[series.count++] = counter_read() - begin;
    }
    uint64_t steps = samples * LATENCY_LOADS;
    for (; at != ring; steps++) {
        at = at->next;
    }
    if (steps % lines != 0) {
        program_fail("the walk came back after %" PRIu64 " steps, which is no multiple of %zu", steps, lines);
    }
    series_print(&series);
}
