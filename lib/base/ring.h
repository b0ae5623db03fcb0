// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The byte ring between a client (a VMM, the root task) and the console: one 4 KiB page, a ring a direction.
// Invariants: 1. each index is written by one side alone and only grows (it counts bytes, modulo 2^32); 2.
// data is written before the index that publishes it (release) and read after it (acquire); 3. neither side
// trusts the other's index: a difference larger than the ring is a full ring to the writer and an empty one
// to the reader (ring_used caps it); 4. a writer that finds the ring full sets `want_space`; the reader
// signals once it has made room and clears it; 5. a reader sets `want_data` before it waits, and looks at the
// ring once more; a writer that finds the mark after its write clears it and signals. A reader that is awake
// clears it itself: then bytes gather, and nobody signals.
#ifndef LIB_BASE_RING_H
#define LIB_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_index {
    uint32_t head;       // bytes written, ever; the writer's
    uint32_t want_space; // set by the writer, cleared by the reader
    uint32_t reserved[14];
    uint32_t tail;      // bytes read, ever; the reader's
    uint32_t want_data; // set and cleared by the reader, cleared by the writer that signals
    uint32_t reserved_tail[14];
};
_Static_assert(sizeof(struct ring_index) == 128, "each index on a cache line of its own");

#define RING_OUTPUT_BYTES 2048 // client to console
#define RING_INPUT_BYTES  1024 // console to client

struct ring_page {
    struct ring_index output;
    struct ring_index input;
    uint8_t output_data[RING_OUTPUT_BYTES];
    uint8_t input_data[RING_INPUT_BYTES];
    uint8_t reserved[768];
};
_Static_assert(sizeof(struct ring_page) == 4096, "a ring page is one page");

// One direction, as either side holds it.
struct ring {
    volatile struct ring_index *index;
    uint8_t *data;
    uint32_t size; // bytes, a power of two
};

// Whether the other side has set its mark; clears it. The index that this side has just published is visible
// before the mark is read, as the other side's mark is before it reads the index: one of the two sees the
// other.
static inline bool ring_take_mark(volatile uint32_t *mark) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!*mark)
        return false;
    *mark = 0;
    return true;
}

// Whether the reader has taken everything, or leaves what is there until more is written. The writer asks,
// after ring_take_want_data.
static inline bool ring_is_settled(const struct ring *ring) {
    return ring->index->want_data ||
           ring->index->head == __atomic_load_n(&ring->index->tail, __ATOMIC_ACQUIRE);
}
// Bytes that wait to be read (never more than `size`, whatever the other side wrote).
uint32_t ring_used(const struct ring *ring);
// Appends up to `length` bytes; returns how many. When fewer than asked fit, `want_space` is set.
uint32_t ring_write(struct ring *ring, const void *bytes, uint32_t length);
// Appends one byte; false: there is no room, and `want_space` is as it was.
static inline bool ring_put(struct ring *ring, uint8_t byte) {
    uint32_t head = ring->index->head;
    if (head - __atomic_load_n(&ring->index->tail, __ATOMIC_ACQUIRE) >= ring->size)
        return false;
    ring->data[head & (ring->size - 1)] = byte;
    __atomic_store_n(&ring->index->head, head + 1, __ATOMIC_RELEASE);
    return true;
}
// Takes up to `length` bytes; returns how many.
uint32_t ring_read(struct ring *ring, void *bytes, uint32_t length);
// The bytes that can be read without a copy: sets `bytes` and returns how many stand there in one piece (0:
// empty). They stay until ring_consume gives `length` of them back to the writer.
uint32_t ring_peek(const struct ring *ring, const uint8_t **bytes);
void ring_consume(struct ring *ring, uint32_t length);
// Whether the reader waits for bytes; clears the mark. The writer calls it after it wrote, and signals when
// true.
static inline bool ring_take_want_data(struct ring *ring) {
    return ring_take_mark(&ring->index->want_data);
}
// Asks to be signalled after the next write: the reader calls it before it waits, and looks at the ring once
// more afterwards.
void ring_want_data(struct ring *ring);
// The reader is awake and will look at the ring again by itself.
void ring_unwant_data(struct ring *ring);
// Whether the writer waits for room; clears the mark. The reader calls it after it read, and signals when
// true.
static inline bool ring_take_want_space(struct ring *ring) {
    return ring_take_mark(&ring->index->want_space);
}

static inline struct ring ring_output(struct ring_page *page) {
    return (struct ring){&page->output, page->output_data, RING_OUTPUT_BYTES};
}
static inline struct ring ring_input(struct ring_page *page) {
    return (struct ring){&page->input, page->input_data, RING_INPUT_BYTES};
}

#endif
