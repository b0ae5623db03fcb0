// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// LABEL_<Object>_<Method>: the labels of all invocations, from the table. They are a contract with programs
// that are already linked: each is compared with a list of the numbers as they were published.
#ifndef ABI_LABELS_H
#define ABI_LABELS_H

#include <abi/config.h>

#define INVOCATION(object, method, label, caps, words, results) LABEL_##object##_##method = label,
enum invocation_label {
#include <abi/invocations.def>
};
#undef INVOCATION

#define KNOWN_LABEL(object, method, label)                                                                   \
    _Static_assert(LABEL_##object##_##method == (label),                                                     \
                   "a published label has changed: " #object "_" #method);
#include ABI_KNOWN_LABELS
#undef KNOWN_LABEL

// And no method that is not published.
#define INVOCATION(object, method, label, caps, words, results) +1
#define KNOWN_LABEL(object, method, label)                      -1
_Static_assert(0
#include <abi/invocations.def>
#include ABI_KNOWN_LABELS
                   == 0,
               "abi/arch/<architecture>/labels.def lacks a method of the table");
#undef INVOCATION
#undef KNOWN_LABEL

#endif
