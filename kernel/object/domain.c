// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Domains (seL4 API: Domain). This configuration has one domain, so that a schedule has one entry and its end
// marker; the methods check as the API says and there is nothing to switch.
#include <kernel/decode.h>
#include <kernel/objects.h>

#define DOMAINS          1
#define SCHEDULE_ENTRIES 2 // the last is the end marker
#define DURATION_BITS    56

enum status decode_Domain_Set(struct invocation *inv) {
    if (inv_word(inv, 0) >= DOMAINS)
        return inv_fail_argument(inv, 0);
    if (cap_type(inv_cap(inv, 0)) != SEL4_CAP_TCB)
        return inv_fail_argument(inv, 1);
    return STATUS_OK;
}

enum status decode_Domain_ScheduleConfigure(struct invocation *inv) {
    word_t index = inv_word(inv, 0), domain = inv_word(inv, 1), duration = inv_word(inv, 2);
    if (index >= SCHEDULE_ENTRIES - 1)
        return inv_fail_range(inv, 0, SCHEDULE_ENTRIES - 2);
    if (duration == 0 && domain != 0)
        return inv_fail_argument(inv, 1);
    if (domain >= DOMAINS)
        return inv_fail_range(inv, 0, DOMAINS - 1);
    if (duration >> DURATION_BITS || duration == 0) // entry 0 is where the schedule starts
        return inv_fail_argument(inv, 2);
    return STATUS_OK;
}

enum status decode_Domain_ScheduleSetStart(struct invocation *inv) {
    word_t index = inv_word(inv, 0);
    if (index >= SCHEDULE_ENTRIES)
        return inv_fail_range(inv, 0, SCHEDULE_ENTRIES - 1);
    if (index == SCHEDULE_ENTRIES - 1)
        return inv_fail_argument(inv, 0);
    return STATUS_OK;
}
