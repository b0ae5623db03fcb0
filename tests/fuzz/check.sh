#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: check.sh FUZZER SEEDS WORK. Whether the seeds find each bug that the fuzzer's planted.c has, and nothing
# where none is planted.
set -eu

fuzzer=$1 seeds=$2 work=$3
mkdir -p "$work"

play() {
    GLACIS_FUZZ_PLANT=$1 "$fuzzer" -runs=0 -timeout=30 -artifact_prefix="$work/" "$seeds" >"$work/$1.log" 2>&1
}

play none || {
    echo "fuzz-check: the seeds fail without a planted bug: $work/none.log" >&2
    exit 1
}
grep -o '"[a-z]*-[a-z]*"' tests/fuzz/planted.c | tr -d '"' >"$work/bugs"
bad=0
while read -r bug; do
    if play "$bug"; then
        echo "FAIL $bug: no seed finds it"
        bad=1
    else
        echo "PASS $bug"
    fi
done <"$work/bugs"
exit $bad
