#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# What a storm on a bound line costs (guests/bare/modes_storm.c, alone): each interrupt that the guest takes is one exit to
# the kernel, its end is none, and none goes to the VMM.
#
#     storm-exits.sh GIC MAKE...     (MAKE: make's command with the run's BOARD and BUILD)
set -eu
gic=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/glacis-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

"$@" --silent GIC="$gic" SYSTEM=bare CMDLINE=test=storm BENCH=on IMAGE="$work/glacis.img" image
machine=$("$@" --silent GIC="$gic" show-machine)
# shellcheck disable=SC2086 # the command has several words
$machine -icount shift=0,sleep=off -rtc base=2020-01-01,clock=vm -seed 1 -kernel "$work/glacis.img" </dev/null | tr -d '\r' >"$work/log"

# exits CAUSE: between the guest's two markers.
exits() {
    sed -n "s/^@stats .*\"name\":\"storm\".*\"exits\":{[^}]*\"$1\":\([0-9]*\).*/\1/p" "$work/log"
}

# within NAME VALUE LEAST MOST WHAT
within() {
    if [ -n "$2" ] && [ -n "$3" ] && [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then
        echo "PASS storm-exits-gic$gic-$1: $2"
    else
        echo "FAIL storm-exits-gic$gic-$1: $5: '$2' is not from $3 to $4"
        cat "$work/log"
    fi
}

taken=$(sed -n 's/^# storm: \([0-9]*\) and \([0-9]*\) interrupts$/\1 \2/p' "$work/log" | awk '{ print $1 + $2 }')
within taken "$taken" 2000 10000000 "interrupts that the guest took"
# The markers' own: a load of the flag register and a store of each character, and the real UART's interrupts.
within irq "$(exits irq)" "$taken" $((${taken:-0} + 8)) "exits by interrupts"
within mmio "$(exits mmio)" 0 40 "exits to the VMM by accesses"
for cause in hvc smc sysreg wfx sgi maintenance other; do
    within "$cause" "$(exits "$cause")" 0 0 "exits by $cause"
done
echo DONE
