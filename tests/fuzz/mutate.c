// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How inputs come about: records are inserted, repeated, exchanged and removed as wholes; new ones are mostly
// calls that a program might make, with arguments of the right kind; and single fields change. libFuzzer's
// own mutations of bytes get a part of the turns, so that nothing is out of reach.
#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
                                 uint8_t *out, size_t max_size, unsigned seed);

static uint64_t state;

static unsigned rnd(unsigned below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 11) % below;
}

// --- arguments of the right kind

// By letter: where the world's objects of a type stand at first.
static const struct {
    uint8_t first, count;
} places[128] = {['n'] = {SLOT_CNODE, 4},        ['t'] = {SLOT_TCB, 5},
                 ['s'] = {SLOT_CONTEXT, 6},      ['e'] = {SLOT_ENDPOINT, 7},
                 ['N'] = {SLOT_NOTIFICATION, 5}, ['r'] = {SLOT_REPLY, 5},
                 ['u'] = {SLOT_UNTYPED, 6},      ['v'] = {SLOT_VSPACE, 2},
                 ['p'] = {SLOT_TABLE, 2},        ['f'] = {SLOT_FRAME, 6},
                 ['I'] = {SLOT_IRQ_CONTROL, 1},  ['h'] = {SLOT_HANDLER, 1},
                 ['A'] = {SLOT_ASID_CONTROL, 1}, ['a'] = {SLOT_ASID_POOL, 1},
                 ['D'] = {SLOT_DOMAIN, 1},       ['C'] = {SLOT_SCHED_CONTROL, 1},
                 ['V'] = {SLOT_VCPU, 1},         ['m'] = {SLOT_SMC, 1},
                 ['g'] = {SLOT_SGI, 1},          ['0'] = {SLOT_NULL, 1},
                 ['S'] = {SLOT_NULL, SLOT_FREE}, ['x'] = {SLOT_FREE, SLOT_COUNT - SLOT_FREE}};

static uint8_t pick_cap(char kind) {
    switch (rnd(16)) {
    case 0:
        return (uint8_t)rnd(256);
    case 1:
    case 2: // among what was made
        return (uint8_t)(SLOT_FREE + rnd(16));
    default:
        if (kind == 'n' && rnd(4)) // the CNode that all live in
            return SLOT_CNODE;
        return (uint8_t)(places[(unsigned)kind].first + rnd(places[(unsigned)kind].count));
    }
}

static void set_word(struct record *record, unsigned index, unsigned form, unsigned value) {
    record->words[index].form = (uint8_t)(form | (value >> 8) << 3);
    record->words[index].value = (uint8_t)value;
}

static unsigned pick_size(unsigned type) {
    switch (type) {
    case SEL4_OBJECT_UNTYPED:
        return 4 + rnd(12);
    case SEL4_OBJECT_CNODE:
        return rnd(8) ? 1 + rnd(5) : 6 + rnd(8);
    case SEL4_OBJECT_SCHED_CONTEXT:
        return rnd(4) ? 7 + rnd(3) : 10 + rnd(9);
    default:
        return rnd(8) ? 0 : rnd(70);
    }
}

static void pick_word(struct record *record, unsigned index, char kind) {
    static const uint8_t priorities[] = {0, 10, 15, 20, 20, 25, 30, 40, 50, 255},
                         guards[] = {0, 25, 26, 27, 28},
                         irqs[] = {FUZZ_FREE_IRQ, FUZZ_FREE_IRQ + 1, FUZZ_HELD_IRQ, HOST_IRQ_MAX - 1, 0,
                                   HOST_IRQ_MAX};
    if (rnd(24) == 0)
        kind = 'w';
    switch (kind) {
    case 'S': // any slot
        set_word(record, index, 1, rnd(3) ? pick_cap('S') : pick_cap('x'));
        break;
    case 'x': // an empty one
        set_word(record, index, 1, rnd(8) ? SLOT_FREE + rnd(24) : pick_cap('S'));
        break;
    case 'd': // a depth; the table's entry 2 is 64
        set_word(record, index, 5, rnd(12) ? 2 : rnd(11));
        break;
    case 'T': {
        unsigned type = rnd(SEL4_OBJECT_COUNT);
        set_word(record, index, 0, type);
        set_word(record, index + 1, 0, pick_size(type));
        break;
    }
    case 'z': // set with the type
        break;
    case 'P':
        set_word(record, index, 0, priorities[rnd(sizeof(priorities))]);
        break;
    case 'U': // microseconds
        set_word(record, index, rnd(3) ? 6 : 0, rnd(rnd(2) ? 60 : 1000));
        break;
    case 'm': // an address
        set_word(record, index, 2, 0x400 + rnd(8) + (rnd(3) ? 0 : rnd(0x1000)));
        break;
    case 'B': // an IPC buffer's
        set_word(record, index, 0, rnd(6) ? (4 + rnd(4) * 4) << 8 : rnd(0x1000));
        break;
    case 'G': // a guard
        set_word(record, index, 5, guards[rnd(sizeof(guards))]);
        break;
    case 'i':
        set_word(record, index, 0, irqs[rnd(sizeof(irqs))]);
        break;
    case '0':
        set_word(record, index, 0, 0);
        break;
    case 'c': // how many objects
        set_word(record, index, 0, rnd(8) ? 1 + rnd(2) : rnd(70));
        break;
    case 'w':
        set_word(record, index, rnd(8), rnd(0x2000));
        break;
    default: // a number below the digit
        set_word(record, index, 0, rnd((unsigned)(kind - '0') * (kind > '4' ? 8 : 1)));
    }
}

// --- invocations

static const struct shape {
    word_t label;
    char dest;
    const char *caps, *words;
    unsigned weight;
} shapes[] = {
    {LABEL_Untyped_Retype, 'u', "n", "Tz00xc", 16},
    {LABEL_TCB_ReadRegisters, 't', "", "2w", 1},
    {LABEL_TCB_WriteRegisters, 't', "", "24wwww", 3},
    {LABEL_TCB_CopyRegisters, 't', "t", "8", 2},
    {LABEL_TCB_Configure, 't', "nvf", "G0B", 4},
    {LABEL_TCB_SetPriority, 't', "t", "P", 6},
    {LABEL_TCB_SetMCPriority, 't', "t", "P", 1},
    {LABEL_TCB_SetSchedParams, 't', "tse", "PP", 6},
    {LABEL_TCB_SetTimeoutEndpoint, 't', "e", "", 3},
    {LABEL_TCB_SetIPCBuffer, 't', "f", "B", 2},
    {LABEL_TCB_SetSpace, 't', "env", "G0", 3},
    {LABEL_TCB_Suspend, 't', "", "", 5},
    {LABEL_TCB_Resume, 't', "", "", 8},
    {LABEL_TCB_BindNotification, 't', "N", "", 4},
    {LABEL_TCB_UnbindNotification, 't', "", "", 3},
    {LABEL_TCB_SetTLSBase, 't', "", "w", 1},
    {LABEL_TCB_SetFlags, 't', "", "33", 1},
    {LABEL_CNode_Revoke, 'n', "", "Sd", 8},
    {LABEL_CNode_Delete, 'n', "", "Sd", 12},
    {LABEL_CNode_CancelBadgedSends, 'n', "", "Sd", 3},
    {LABEL_CNode_Copy, 'n', "n", "xdSd7", 8},
    {LABEL_CNode_Mint, 'n', "n", "xdSd74", 8},
    {LABEL_CNode_Move, 'n', "n", "xdSd", 6},
    {LABEL_CNode_Mutate, 'n', "n", "xdSdG", 3},
    {LABEL_CNode_Rotate, 'n', "nn", "xd0Sd0Sd", 3},
    {LABEL_IRQControl_Get, 'I', "n", "ixd", 2},
    {LABEL_IRQControl_GetTrigger, 'I', "n", "i2xd", 2},
    {LABEL_IRQControl_IssueSGI, 'I', "n", "33xd", 1},
    {LABEL_IRQHandler_Ack, 'h', "", "", 2},
    {LABEL_IRQHandler_SetNotification, 'h', "N", "", 2},
    {LABEL_IRQHandler_Clear, 'h', "", "", 1},
    {LABEL_Domain_Set, 'D', "t", "2", 1},
    {LABEL_Domain_ScheduleConfigure, 'D', "", "22w", 1},
    {LABEL_Domain_ScheduleSetStart, 'D', "", "2", 1},
    {LABEL_SchedControl_ConfigureFlags, 'C', "s", "UU4w2", 10},
    {LABEL_SchedContext_Bind, 's', "t", "", 5},
    {LABEL_SchedContext_Bind, 's', "N", "", 3},
    {LABEL_SchedContext_Unbind, 's', "", "", 4},
    {LABEL_SchedContext_UnbindObject, 's', "t", "", 3},
    {LABEL_SchedContext_UnbindObject, 's', "N", "", 2},
    {LABEL_SchedContext_Consumed, 's', "", "", 2},
    {LABEL_SchedContext_YieldTo, 's', "", "", 6},
    {LABEL_SMC_Call, 'm', "", "2wwwwww", 1},
    {LABEL_PageTable_Map, 'p', "v", "mw", 4},
    {LABEL_PageTable_Unmap, 'p', "", "", 2},
    {LABEL_Page_Map, 'f', "v", "m44", 4},
    {LABEL_Page_Unmap, 'f', "", "", 2},
    {LABEL_Page_GetAddress, 'f', "", "", 1},
    {LABEL_ASIDControl_MakePool, 'A', "un", "xd", 2},
    {LABEL_ASIDPool_Assign, 'a', "v", "", 2},
};

static const struct shape *pick_shape(void) {
    unsigned total = 0, i = 0;
    for (unsigned s = 0; s < ARRAY_LENGTH(shapes); s++)
        total += shapes[s].weight;
    for (unsigned at = rnd(total); at >= shapes[i].weight; i++)
        at -= shapes[i].weight;
    return &shapes[i];
}

// Another CNode than the one that all live in: a small index, and as many bits as it may have.
static void use_small_node(struct record *record, unsigned word) {
    set_word(record, word, 0, rnd(8));
    set_word(record, word + 1, 0, 1 + rnd(5));
}

static void fix_depths(struct record *record, const struct shape *shape) {
    if (shape->dest == 'n' && record->dest != SLOT_CNODE && rnd(8))
        use_small_node(record, 0);
    if (shape->dest == 'n' && shape->caps[0] && record->caps[0] != SLOT_CNODE && rnd(8))
        use_small_node(record, shape->caps[1] ? 3 : 2);
    if (shape->dest == 'u' && record->caps[0] != SLOT_CNODE && rnd(8))
        set_word(record, 4, 0, rnd(8));
}

static void make_invocation(struct record *record) {
    const struct shape *shape = pick_shape();
    unsigned words = (unsigned)strlen(shape->words), caps = (unsigned)strlen(shape->caps);
    record->action = ACTION_CALL;
    record->number = (uint8_t)(rnd(10) ? 0 : 6 + rnd(20)); // Call, mostly
    record->dest = pick_cap(shape->dest);
    record->label = (uint8_t)record_label_index(shape->label);
    for (unsigned i = 0; i < words; i++)
        pick_word(record, i, shape->words[i]);
    for (unsigned i = 0; i < caps; i++)
        record->caps[i] = rnd(8) ? pick_cap(shape->caps[i]) : rnd(2) ? SLOT_NULL : pick_cap('S');
    fix_depths(record, shape);
    if (rnd(16) == 0) {
        words = rnd(10);
        caps = rnd(4);
    }
    record->shape = (uint8_t)(words << 3 | caps);
}

// --- messages and the rest

static void make_message(struct record *record) {
    record->action = ACTION_CALL;
    record->number = (uint8_t)rnd(22);
    record->dest = pick_cap("eeeN"[rnd(4)]);
    record->reply = pick_cap("rrrre"[rnd(5)]);
    record->send_dest = pick_cap("rreN"[rnd(4)]);
    record->label = rnd(8) ? (uint8_t)rnd(2) : (uint8_t)rnd(256);
    record->shape = (uint8_t)(rnd(4) ? rnd(64) << 2 | (rnd(2) ? 0 : rnd(4)) : 0);
    record->receive_root = rnd(6) ? SLOT_CNODE : (uint8_t)rnd(256);
    record->receive_index = (uint8_t)(SLOT_FREE + rnd(24));
    record->receive_depth = rnd(12) ? 0 : (uint8_t)rnd(256);
    for (unsigned i = 0; i < SEL4_MSG_MAX_EXTRA_CAPS; i++)
        record->caps[i] = pick_cap("eeSSuf"[rnd(6)]);
    for (unsigned i = 0; i < ARRAY_LENGTH(record->words); i++)
        set_word(record, i, rnd(8), rnd(0x2000));
    if (record_number(record) == (word_t)SYS_ReplyRecv && rnd(4))
        record->reply = pick_cap('r');
}

static void make_record(struct record *record) {
    memset(record, 0, sizeof(*record));
    record->time = (uint8_t)(rnd(3) ? rnd(100) : rnd(256));
    record->preempt = (uint8_t)(rnd(5) ? 0 : rnd(256));
    record->irq = (uint8_t)rnd(rnd(2) ? 2 : 8);
    record->receive_root = SLOT_CNODE;
    record->receive_index = SLOT_FREE;
    switch (rnd(16)) {
    case 0:
        record->action = (uint8_t)(ACTION_FAULT + rnd(16 - ACTION_FAULT));
        record->label = (uint8_t)rnd(256);
        record->reply = pick_cap('r');
        record->number = (uint8_t)rnd(32);
        break;
    case 1:
        record->action = ACTION_RETURN;
        record->label = (uint8_t)rnd(256);
        record->reply = pick_cap('r');
        record->number = (uint8_t)rnd(32);
        break;
    case 2:
        record->action = ACTION_PASS;
        record->time = (uint8_t)rnd(250);
        record->label = (uint8_t)rnd(4);
        break;
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
        make_message(record);
        break;
    default:
        make_invocation(record);
    }
}

static void change_field(struct record *record) {
    struct record other;
    make_record(&other);
    switch (rnd(8)) {
    case 0:
        record->number = other.number;
        break;
    case 1:
        record->dest = other.dest;
        break;
    case 2:
        record->reply = pick_cap('r');
        break;
    case 3:
        record->time = other.time;
        break;
    case 4:
        record->preempt = (uint8_t)rnd(256);
        break;
    case 5:
        record->caps[rnd(3)] = pick_cap("tseNrufvn"[rnd(9)]);
        break;
    case 6:
        pick_word(record, rnd(7), "SxdPUmBGi4w"[rnd(11)]);
        break;
    default:
        ((uint8_t *)record)[rnd(sizeof(*record))] = (uint8_t)rnd(256);
    }
}

static size_t insert(struct record *records, size_t count, size_t at, const struct record *new) {
    memmove(&records[at + 1], &records[at], (count - at) * sizeof(*records));
    records[at] = *new;
    return count + 1;
}

static struct record call(uint8_t dest, word_t label, const char *words, uint8_t cap, unsigned caps) {
    struct record record = {.dest = dest, .label = (uint8_t)record_label_index(label), .caps = {cap, cap}};
    unsigned count = (unsigned)strlen(words);
    for (unsigned i = 0; i < count; i++)
        set_word(&record, i, 0, (unsigned)(words[i] - '0'));
    record.shape = (uint8_t)(count << 3 | caps);
    record.preempt = (uint8_t)(rnd(4) ? 0 : rnd(32));
    return record;
}

// Two CNodes that hold each other's capabilities, and then their deletion, with their untyped's: what comes
// from single records too rarely.
#define RING_RECORDS 8 // at most
static size_t make_ring(struct record *records) {
    uint8_t untyped = pick_cap('u'), nodes[] = {(uint8_t)(SLOT_FREE + rnd(16)), 0};
    nodes[1] = nodes[0] + 1;
    size_t count = 0;
    unsigned radix = 1 + rnd(3);
    records[count] = call(untyped, LABEL_Untyped_Retype, "430002", SLOT_CNODE, 1);
    set_word(&records[count], 1, 0, radix);
    set_word(&records[count++], 4, 1, nodes[0]);
    for (unsigned i = 0; i < 2; i++) { // a copy, then the last one, as a rule
        word_t label = rnd(8) ? (i ? LABEL_CNode_Move : LABEL_CNode_Copy) : LABEL_CNode_Copy;
        records[count] = call(nodes[1 - i], label, "00000", SLOT_CNODE, 1);
        set_word(&records[count], 0, 0, rnd(1u << radix));
        set_word(&records[count], 1, 0, radix);
        set_word(&records[count], 2, 1, nodes[i]);
        set_word(&records[count], 3, 5, 2);
        set_word(&records[count++], 4, 0, SEL4_RIGHTS_ALL);
        if (rnd(2)) { // something else in it
            make_record(&records[count]);
            records[count++].caps[0] = nodes[1 - i];
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        if (rnd(3) == 0)
            continue;
        records[count] = call(SLOT_CNODE, i < 2 ? LABEL_CNode_Delete : LABEL_CNode_Revoke, "00", 0, 0);
        set_word(&records[count], 0, 1, i < 2 ? nodes[i] : untyped);
        set_word(&records[count++], 1, 5, 2);
    }
    return count;
}

static size_t mutate(struct record *records, size_t count, size_t max) {
    struct record new;
    size_t at = count ? rnd((unsigned)count) : 0;
    make_record(&new);
    switch (count ? rnd(10) : 0) {
    case 0:
        if (count + RING_RECORDS <= max && rnd(4) == 0) {
            memmove(&records[at + RING_RECORDS], &records[at], (count - at) * sizeof(*records));
            size_t made = make_ring(&records[at]);
            memmove(&records[at + made], &records[at + RING_RECORDS], (count - at) * sizeof(*records));
            return count + made;
        }
        // fall through
    case 1:
    case 2:
        return count < max ? insert(records, count, count ? rnd((unsigned)count + 1) : 0, &new) : count;
    case 3: // the same again, elsewhere
        new = records[at];
        return count < max ? insert(records, count, rnd((unsigned)count + 1), &new) : count;
    case 4: {
        size_t gone = 1 + rnd(4);
        gone = gone < count - at ? gone : count - at;
        memmove(&records[at], &records[at + gone], (count - at - gone) * sizeof(*records));
        return count - gone;
    }
    case 5: {
        size_t other = rnd((unsigned)count);
        new = records[at];
        records[at] = records[other];
        records[other] = new;
        return count;
    }
    case 6:
        records[at] = new;
        return count;
    default:
        change_field(&records[at]);
        return count;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    static struct record records[RECORDS_MAX + 1];
    size_t max = max_size / sizeof(records[0]) < RECORDS_MAX ? max_size / sizeof(records[0]) : RECORDS_MAX;
    size_t count = size / sizeof(records[0]) < max ? size / sizeof(records[0]) : max;
    state = seed * 0x9e3779b97f4a7c15ull + 1;
    if (count && rnd(12) == 0) {
        size = LLVMFuzzerMutate(data, count * sizeof(records[0]), max * sizeof(records[0]));
        return align_down(size, 5);
    }
    memcpy(records, data, count * sizeof(records[0]));
    for (unsigned turns = 1 + rnd(rnd(4) ? 3 : 16); turns; turns--)
        count = mutate(records, count, max);
    memcpy(data, records, count * sizeof(records[0]));
    return count * sizeof(records[0]);
}

// The beginning of one, then the end of the other.
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
                                 uint8_t *out, size_t max_size, unsigned seed) {
    const size_t bytes = sizeof(struct record);
    state = seed * 0x9e3779b97f4a7c15ull + 1;
    size_t head = size1 >= bytes ? rnd((unsigned)(size1 / bytes) + 1) * bytes : 0;
    size_t from = size2 >= bytes ? rnd((unsigned)(size2 / bytes) + 1) * bytes : 0,
           tail = align_down(size2, 5) - from;
    head = head < max_size ? head : align_down(max_size, 5);
    tail = tail < max_size - head ? tail : align_down(max_size - head, 5);
    memcpy(out, data1, head);
    memcpy(out + head, data2 + from, tail);
    return head + tail;
}
