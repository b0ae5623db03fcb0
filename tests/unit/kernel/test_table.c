// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's dispatch does what the tables of abi/ say: each method belongs to one object, needs its words
// and capabilities, and there are no others.
#include "world.h"

#include <stdio.h>

struct method {
    const char *name;
    const char *object;
    word_t label;
    unsigned caps, words;
};

#define COUNT_N(_0, _1, _2, _3, _4, _5, _6, _7, _8, n, ...) n
#define CAPS(...)                                           COUNT_N(0, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define WORDS(...)                                          CAPS(__VA_ARGS__)
#define INVOCATION(object, method, label, caps, words, results)                                              \
    {#object "_" #method, #object, label, caps, words},
static const struct method methods[] = {
#include <abi/invocations.def>
};
#undef INVOCATION
#undef CAPS
#undef WORDS

static const struct object {
    const char *name;
    unsigned cap_type;
    bool combined;
} objects[] = {
#define OBJECT(name, page, cap_type, combined) {#name, cap_type, combined},
#include <abi/objects.def>
};

static const struct method *method_of(const char *object, word_t label) {
    for (unsigned i = 0; i < ARRAY_LENGTH(methods); i++)
        if (methods[i].label == label && strcmp(methods[i].object, object) == 0)
            return &methods[i];
    return NULL;
}

// Invokes a capability of a type, of no object, by a message that no method accepts unless it wants nothing.
static word_t error_of(unsigned cap_type, word_t label, unsigned caps, unsigned words, bool first_phase) {
    struct slot slot = {.cap = cap_make(cap_type, NULL, 0)};
    struct invocation inv = {.core = &host_core,
                             .caller = world.root,
                             .slot = &slot,
                             .cap = slot.cap,
                             .label = label,
                             .length = words,
                             .extra_count = caps,
                             .first_phase = first_phase};
    assert_int_equal(invocation_decode(&inv), STATUS_ERROR);
    return inv.error;
}

static bool has_methods(const struct object *object) {
    for (unsigned i = 0; i < ARRAY_LENGTH(methods); i++)
        if (strcmp(methods[i].object, object->name) == 0)
            return true;
    return false;
}

static void every_method_needs_its_words_and_capabilities(void **state) {
    (void)state;
    unsigned tried = 0;
    for (unsigned o = 0; o < ARRAY_LENGTH(objects); o++)
        for (unsigned i = 0; i < ARRAY_LENGTH(methods); i++) {
            const struct method *m = &methods[i];
            if (strcmp(m->object, objects[o].name) != 0)
                continue;
            tried++;
            if (m->words)
                assert_int_equal(error_of(objects[o].cap_type, m->label, m->caps, m->words - 1, false),
                                 SEL4_TRUNCATED_MESSAGE);
            if (m->caps)
                assert_int_equal(error_of(objects[o].cap_type, m->label, m->caps - 1, m->words, false),
                                 SEL4_TRUNCATED_MESSAGE);
        }
    assert_int_equal(tried, ARRAY_LENGTH(methods)); // each belongs to an object of the table
}

static void an_object_has_no_other_methods(void **state) {
    (void)state;
    for (unsigned o = 0; o < ARRAY_LENGTH(objects); o++) {
        if (!has_methods(&objects[o]))
            continue;
        for (word_t label = 0; label < 0x1100; label++)
            if (!method_of(objects[o].name, label))
                assert_int_equal(error_of(objects[o].cap_type, label, 3, 120, false), SEL4_ILLEGAL_OPERATION);
        assert_int_equal(error_of(objects[o].cap_type, ~(word_t)0 >> 12, 3, 120, false),
                         SEL4_ILLEGAL_OPERATION);
    }
}

static void combined_calls_refuse_what_the_table_says(void **state) {
    (void)state;
    for (unsigned o = 0; o < ARRAY_LENGTH(objects); o++)
        if (has_methods(&objects[o]))
            assert_int_equal(error_of(objects[o].cap_type, 0, 0, 0, true),
                             objects[o].combined ? SEL4_ILLEGAL_OPERATION : SEL4_INVALID_CAPABILITY);
}

static void labels_and_capability_types_stand_once(void **state) {
    (void)state;
    for (unsigned i = 0; i < ARRAY_LENGTH(methods); i++)
        for (unsigned k = 0; k < i; k++)
            assert_int_not_equal(methods[i].label, methods[k].label);
    for (unsigned i = 0; i < ARRAY_LENGTH(objects); i++)
        for (unsigned k = 0; k < i; k++)
            assert_int_not_equal(objects[i].cap_type, objects[k].cap_type);
}

static void objects_have_the_sizes_of_the_table(void **state) {
    (void)state;
    static const struct {
        word_t type;
        unsigned bits;
    } types[] = {
#define OBJECT_TYPE(constant, number, object, bits, text) {constant, bits},
#include <abi/objects.def>
    };
    for (unsigned i = 0; i < ARRAY_LENGTH(types); i++) {
        if (!types[i].bits || types[i].bits >= SEL4_LARGE_PAGE_BITS)
            continue;
        // Two of them take twice their size, no more: the untyped's rest is too small for a third.
        cptr_t memory = new_object(SEL4_OBJECT_UNTYPED, types[i].bits + 1), first = new_slot();
        (void)new_slot();
        assert_ok(retype(memory, types[i].type, 0, first, 2));
        assert_error(SEL4_NOT_ENOUGH_MEMORY, retype(memory, types[i].type, 0, new_slot(), 1));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        world_test(every_method_needs_its_words_and_capabilities),
        world_test(an_object_has_no_other_methods),
        world_test(combined_calls_refuse_what_the_table_says),
        world_test(labels_and_capability_types_stand_once),
        world_test(objects_have_the_sizes_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
