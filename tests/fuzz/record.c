// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the bytes of a record mean. Every byte string means something; small changes of bytes are small
// changes of meaning.
#include "fuzz.h"

enum action record_action(const struct record *record) {
    enum action action = record->action & 15;
    return action < ACTION_FAULT ? ACTION_CALL : action;
}

word_t record_number(const struct record *record) {
    static const int64_t numbers[RECORD_NUMBERS] = {SYS_Call,
                                                    SYS_Call,
                                                    SYS_Call,
                                                    SYS_Call,
                                                    SYS_Call,
                                                    SYS_Call,
                                                    SYS_Send,
                                                    SYS_Send,
                                                    SYS_NBSend,
                                                    SYS_NBSend,
                                                    SYS_Recv,
                                                    SYS_Recv,
                                                    SYS_NBRecv,
                                                    SYS_ReplyRecv,
                                                    SYS_ReplyRecv,
                                                    SYS_NBSendRecv,
                                                    SYS_NBSendRecv,
                                                    SYS_NBSendWait,
                                                    SYS_NBSendWait,
                                                    SYS_Wait,
                                                    SYS_Wait,
                                                    SYS_NBWait,
                                                    SYS_Yield,
                                                    SYS_DebugPutChar,
                                                    SYS_DebugDumpScheduler,
                                                    SYS_DebugCapIdentify,
                                                    SYS_DebugSnapshot,
                                                    SYS_DebugNameThread,
                                                    SYS_DebugHalt,
                                                    -18,
                                                    0,
                                                    INT64_MIN};
    return (word_t)numbers[record->number % RECORD_NUMBERS];
}

cptr_t record_cptr(uint8_t byte) {
    static const cptr_t odd[16] = {
        BIT(63),           ~(cptr_t)0,         2u << 7,           (2u << 7) + 5,
        (2u << 7) + 12,    (3u << 7) - 1,      3u << 7,           (4u << 7) - 1,
        BIT(10),           BIT(32) + SLOT_TCB, (0xau << 3) + 128, (0xau << 3) + 131,
        (0xau << 3) + 135, (0xbu << 3) + 128,  BIT(62) + 1,       1u << 20};
    return byte < 240 ? byte : odd[byte - 240];
}

static const word_t labels[] = {
#define INVOCATION(object, method, label, caps, words, results) label,
#include <abi/invocations.def>
#undef INVOCATION
    0, 62, 63, 64, 0xfff, 0x1001, 0x1007, BIT(51), MASK(52)};

unsigned record_label_count(void) {
    return ARRAY_LENGTH(labels);
}

word_t record_label(const struct record *record) {
    return labels[record->label % ARRAY_LENGTH(labels)];
}

unsigned record_label_index(word_t label) {
    unsigned i = 0;
    while (i + 1 < ARRAY_LENGTH(labels) && labels[i] != label)
        i++;
    return i;
}

word_t record_length(const struct record *record) {
    unsigned form = record->shape >> 2;
    return form < 48 ? form / 2 : form < 63 ? 24 + (form - 48) * 7 : 127;
}

unsigned record_caps(const struct record *record) {
    return record->shape & 3;
}

static word_t raw_word(const struct record *record, unsigned index) {
    word_t word = 0;
    for (unsigned i = 0; i < 4; i++) {
        unsigned at = (index + i) % ARRAY_LENGTH(record->words);
        word = word << 16 | (word_t)record->words[at].form << 8 | record->words[at].value;
    }
    return word;
}

static word_t table_word(unsigned value) {
    static const word_t table[] = {0,
                                   1,
                                   64,
                                   65,
                                   127,
                                   HOUSE_BITS,
                                   9,
                                   2,
                                   3,
                                   5,
                                   63,
                                   62,
                                   MASK(63),
                                   ~(word_t)0,
                                   BIT(40) - 4096,
                                   BIT(40),
                                   BIT(39),
                                   0x400000,
                                   0x400,
                                   255,
                                   256,
                                   MIN_BUDGET_US - 1,
                                   MIN_BUDGET_US,
                                   MAX_PERIOD_US,
                                   MAX_PERIOD_US + 1,
                                   (57u) | 0,
                                   0xau << 6 | 4,
                                   55,
                                   SEL4_WORD_BITS - 2,
                                   159,
                                   160,
                                   BIT(32)};
    return table[value % ARRAY_LENGTH(table)];
}

word_t record_word(const struct record *record, unsigned index) {
    unsigned slot = index % ARRAY_LENGTH(record->words), form = record->words[slot].form;
    word_t value = record->words[slot].value, wide = value | (word_t)(form >> 3) << 8, word;
    switch (form & 7) {
    case 0:
        word = wide;
        break;
    case 1:
        word = record_cptr((uint8_t)value);
        break;
    case 2:
        word = wide << 12;
        break;
    case 3:
        word = BIT(value & 63) + (form >> 3);
        break;
    case 4:
        word = ~wide;
        break;
    case 5:
        word = table_word((unsigned)value);
        break;
    case 6:
        word = MIN_BUDGET_US + wide * 7;
        break;
    default:
        word = raw_word(record, slot);
        break;
    }
    if (index >= ARRAY_LENGTH(record->words))
        word += index;
    return check_is_secret(word) ? 0 : word;
}

struct fault record_fault(const struct record *record, word_t ip) {
    word_t address = record_word(record, 0);
    switch (record->label % 6) {
    case 0:
    case 1:
        return (struct fault){SEL4_FAULT_VM, 4, {ip, address, record->label >> 7, 0x93000046}, 0};
    case 2:
        return (struct fault){SEL4_FAULT_USER_EXCEPTION, 1, {0x2000000}, 0};
    case 3:
        return (struct fault){
            SEL4_FAULT_VCPU, 1, {record_word(record, 1) & MASK(32)}, record->label & 64 ? 4 : 0};
    case 4:
        return (struct fault){SEL4_FAULT_VGIC_MAINTENANCE, 1, {record->label & 3}, 0};
    default:
        return (struct fault){SEL4_FAULT_VPPI_EVENT, 1, {27}, 0};
    }
}

// Up to 128 ticks (2 us), up to 1 ms, or, rarely, seconds.
ticks_t record_time(const struct record *record) {
    unsigned time = record->time;
    if (time < 128)
        return time;
    return time < 250 ? (ticks_t)(time - 128) * 8 * HOST_TICKS_PER_US : (ticks_t)(time - 249) * 1000000;
}

unsigned record_irq(const struct record *record) {
    static const uint8_t irqs[] = {
        FUZZ_HELD_IRQ, FUZZ_HELD_IRQ, FUZZ_FREE_IRQ, HOST_IRQ_MAX - 1, HOST_IRQ_TIMER, 25, 0, HOST_IRQ_MAX};
    return irqs[record->irq % ARRAY_LENGTH(irqs)];
}
