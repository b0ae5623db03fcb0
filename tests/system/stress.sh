#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: stress.sh SECONDS [SEED...]. Writes the list of tests of `make stress`, a section for each seed: systems/chaos with the
# debug kernel on both GICs. Without a seed: three of the day. The other VM ends its last round before chaos does (one takes
# it three seconds at most).
set -eu

seconds=$1
shift
case $seconds in
*[!0-9]* | '' | ? | 0*)
    [ "$seconds" = 8 ] || [ "$seconds" = 9 ] || {
        echo "error: SECONDS=$seconds: give a number, 8 at least" >&2
        exit 1
    }
    ;;
esac
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(od -An -N6 -tu2 /dev/urandom)

for seed; do
    case $seed in
    *[!0-9]*)
        echo "error: SEED=$seed: give a number, or several with blanks between" >&2
        exit 1
        ;;
    esac
    # One instruction in 16 ns: a minute of the guests' is about one of ours.
    cat <<EOF
[chaos-seed-$seed]
suite = stress
system = chaos
gic = 2 3
machine = -icount shift=4
set = BUILD=debug CMDLINE="chaos=test=chaos seed=$seed seconds=$seconds" CMDLINE_APPEND="other=seconds=$((seconds - 4))"
ends = exit
expect = ^\[other\] # [0-9]+ passed, 0 failed
expect = ^\[other\] DONE
expect = ^\[chaos\] # chaos: [0-9]+ rounds
expect = ^\[chaos\] PASS chaos
expect = everything has stopped
reject = panic|fault
limit = $((seconds * 20 + 60))

EOF
done
