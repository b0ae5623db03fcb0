#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# counter.sh COMMAND...: runs the machine of bench/kernel/counter.c with the plugin; every sample of the plugin must be
# what the guest read from the counter. Prints a line PASS or FAIL for each operation.
set -eu
"$@" </dev/null | tr -d '\r' | awk '
    $1 == "@sample" { sample[$2, ++samples[$2]] = $3 }
    $1 == "@counter" { counter[$2, ++counters[$2]] = $3 }
    $1 == "FAIL" { print; bad = 1 }
    END {
        for (name in counters) {
            all++
            wrong = counters[name] == samples[name] ? "" : samples[name] + 0 " samples, " counters[name] " by the counter"
            for (i = 1; i <= counters[name] && wrong == ""; i++)
                if (counter[name, i] != sample[name, i])
                    wrong = "the plugin counted " sample[name, i] ", the counter went by " counter[name, i]
            if (wrong == "")
                print "PASS counter-" name ": " counter[name, 1] " ticks are " sample[name, 1] " instructions"
            else {
                print "FAIL counter-" name ": " wrong
                bad = 1
            }
        }
        if (all == 0)
            print "FAIL counter: the machine printed no figure"
        exit bad || all == 0
    }'
