#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: interference.sh FILE SLICES. Is the matrix of two VMs (interference.csv of a report) whole and plausible? Each of both
# VMs has a line alone and beside each neighbour, for each slice. An idle neighbour costs less than 1 %; one that computes or
# floods has its share and no more; latencies are within the neighbour's slices.
set -eu
tr -d '\r' <"$1" | awk -F, -v slices="$2" '
function fail(why) {
    print "FAIL " $1 " beside " $2 ", " $3 " ms: " why
    failed = 1
}
NR == 1 {
    for (i = 1; i <= NF; i++)
        at[$i] = i
    next
}
{
    seen[$1 "/" $2]++
    slice = $3 * 1e6
    if ($at["waiting_n"] < 1 || $at["busy_n"] < 1)
        fail("no latencies")
    if ($2 == "alone")
        next
    if ($at["overhead_percent"] < -1 || $at["overhead_percent"] > 1)
        fail("beyond its share by " $at["overhead_percent"] " %")
    if ($2 == "idle") {
        if ($at["slowdown_percent"] > 1 || $at["share_percent"] < 99)
            fail("an idle neighbour slows it down by " $at["slowdown_percent"] " %")
        if ($at["waiting_max_observed"] > 2000 || $at["busy_max_observed"] > 2000)
            fail("its interrupts are late beside an idle neighbour")
        next
    }
    if ($at["share_percent"] < 47 || $at["share_percent"] > 54)
        fail("its share is " $at["share_percent"] " %")
    if ($at["slowdown_percent"] < 80 || $at["slowdown_percent"] > 110)
        fail("it is slowed down by " $at["slowdown_percent"] " %")
    if ($at["waiting_max_observed"] > 1.1 * slice || $at["busy_max_observed"] > 1.1 * slice)
        fail("an interrupt waits for more than a slice of the neighbour")
    if ($at["busy_median"] < 50 || $at["waiting_max_observed"] < slice / 2)
        fail("its interrupts do not meet the neighbour")
    if ($2 == "flood" && $at["neighbours_interrupts"] < 20000)
        fail("a flood of " $at["neighbours_interrupts"] " interrupts is none")
}
END {
    split("alone idle compute flood", neighbours, " ")
    for (i in neighbours)
        for (j = 1; j <= 2; j++) {
            cell = (j == 1 ? "one" : "two") "/" neighbours[i]
            if (seen[cell] != slices) {
                print "FAIL " cell ": " seen[cell] + 0 " lines, expected " slices
                failed = 1
            }
        }
    print failed ? "implausible" : "PASS interference: the matrix is whole and plausible"
    exit failed
}'
