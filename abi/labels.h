// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// LABEL_<Object>_<Method>: the labels of all invocations, from the table. The numbers of the tables are a
// contract with programs that are already linked: each is compared with a list of them as they were
// published.
#ifndef ABI_LABELS_H
#define ABI_LABELS_H

#include <abi/types.h>

#define INVOCATION(object, method, label, caps, words, results) LABEL_##object##_##method = label,
enum invocation_label {
#include <abi/invocations.def>
};
#undef INVOCATION

#define PUBLISHED(name, value, number)                                                                       \
    _Static_assert((value) == (number), "a published number has changed: " name);

#define KNOWN_LABEL(object, method, label) PUBLISHED(#object "_" #method, LABEL_##object##_##method, label)
#define KNOWN_NUMBER(constant, number)     PUBLISHED(#constant, constant, number)
#include ABI_KNOWN_LABELS

#define SYSCALL(name, number)       PUBLISHED_CALL_##name = number,
#define DEBUG_SYSCALL(name, number) SYSCALL(name, number)
enum {
#include <abi/syscalls.def>
};
#undef SYSCALL
#undef DEBUG_SYSCALL
#define KNOWN_SYSCALL(name, number) PUBLISHED("SYS_" #name, PUBLISHED_CALL_##name, number)
#include ABI_KNOWN_LABELS

// And nothing that is not published.
#define UNPUBLISHED        "abi/arch/<architecture>/labels.def lacks a number of the tables"
#define PUBLISHED_ONE(...) +1
#define INVOCATION         PUBLISHED_ONE
#define KNOWN_LABEL(...)   -1
_Static_assert(0
#include <abi/invocations.def>
#include ABI_KNOWN_LABELS
                   == 0,
               UNPUBLISHED);
#undef INVOCATION

#define OBJECT_TYPE       PUBLISHED_ONE
#define CAP_TYPE          PUBLISHED_ONE
#define FAULT             PUBLISHED_ONE
#define ERROR             PUBLISHED_ONE
#define LOOKUP_FAILURE    PUBLISHED_ONE
#define KNOWN_NUMBER(...) -1
_Static_assert(0
#include <abi/objects.def>
#include <abi/faults.def>
#include <abi/values.def>
#include ABI_KNOWN_LABELS
                   == 0,
               UNPUBLISHED);

#define SYSCALL            PUBLISHED_ONE
#define DEBUG_SYSCALL      PUBLISHED_ONE
#define KNOWN_SYSCALL(...) -1
_Static_assert(0
#include <abi/syscalls.def>
#include ABI_KNOWN_LABELS
                   == 0,
               UNPUBLISHED);
#undef SYSCALL
#undef DEBUG_SYSCALL
#undef PUBLISHED_ONE
#undef PUBLISHED
#undef UNPUBLISHED

#endif
