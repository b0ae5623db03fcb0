// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The decode functions of all invocations, from the one table (abi/invocations.def), with their labels.
#ifndef KERNEL_DECODE_H
#define KERNEL_DECODE_H

#include <abi/labels.h>
#include <kernel/invocation.h>

// decode_<Object>_<Method>; an object that a configuration lacks has no definitions, and its table entries no
// references.
#define INVOCATION(object, method, label, caps, words, results) decode_function decode_##object##_##method;
#include <abi/invocations.def>
#undef INVOCATION

#endif
