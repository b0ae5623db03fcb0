// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The byte ring (lib/base/ring.h keeps its invariants). Each function reads the other side's index once.
#include <lib/base/ring.h>
#include <lib/base/string.h>

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t load_acquire(const volatile uint32_t *word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

uint32_t ring_used(const struct ring *ring) {
    uint32_t head = load_acquire(&ring->index->head);
    return smaller(head - load_acquire(&ring->index->tail), ring->size);
}

uint32_t ring_peek(const struct ring *ring, const uint8_t **bytes) {
    uint32_t tail = ring->index->tail;
    uint32_t used = load_acquire(&ring->index->head) - tail;
    if (used > ring->size)
        return 0; // no honest writer wrote this head
    uint32_t at = tail & (ring->size - 1);
    *bytes = ring->data + at;
    return smaller(used, ring->size - at);
}

void ring_consume(struct ring *ring, uint32_t length) {
    __atomic_store_n(&ring->index->tail, ring->index->tail + length, __ATOMIC_RELEASE);
}

uint32_t ring_read(struct ring *ring, void *bytes, uint32_t length) {
    uint8_t *out = bytes;
    uint32_t done = 0;
    const uint8_t *from;
    // Two turns at most when the writer stands still: before and after the ring's end.
    for (uint32_t part; done < length && (part = smaller(ring_peek(ring, &from), length - done)) > 0;
         done += part) {
        memcpy(out + done, from, part);
        ring_consume(ring, part);
    }
    return done;
}

// Appends what fits now.
static uint32_t write_some(struct ring *ring, const uint8_t *in, uint32_t length) {
    uint32_t head = ring->index->head;
    uint32_t used = smaller(head - load_acquire(&ring->index->tail), ring->size);
    uint32_t count = smaller(length, ring->size - used);
    uint32_t at = head & (ring->size - 1);
    uint32_t first = smaller(count, ring->size - at);
    memcpy(ring->data + at, in, first);
    memcpy(ring->data, in + first, count - first);
    __atomic_store_n(&ring->index->head, head + count, __ATOMIC_RELEASE);
    return count;
}

uint32_t ring_write(struct ring *ring, const void *bytes, uint32_t length) {
    uint32_t done = write_some(ring, bytes, length);
    if (done < length) {
        // The mark must be visible before the reader's index is read again: a reader that made room before it
        // saw the mark signals nothing.
        __atomic_store_n(&ring->index->want_space, 1, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        done += write_some(ring, (const uint8_t *)bytes + done, length - done);
    }
    return done;
}

void ring_want_data(struct ring *ring) {
    ring->index->want_data = 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void ring_unwant_data(struct ring *ring) {
    ring->index->want_data = 0;
}
