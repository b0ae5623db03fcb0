#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: stress.sh SECONDS [SEED...]. Writes the list of tests of `make stress`, a section for each seed: systems/chaos with the
# debug kernel on both GICs. Without a seed: three new ones. The other VM begins its last round of tests, which takes two or
# three seconds, soon enough to end before chaos does.
set -eu

seconds=$1
shift
[ "$seconds" -ge 8 ] 2>/dev/null || {
    echo "error: SECONDS=$seconds: give a number, 8 at least" >&2
    exit 1
}
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
expect = ^\[chaos\] PASS chaos
reject = panic
limit = $((seconds * 20 + 60))

EOF
done
