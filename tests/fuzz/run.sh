#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: run.sh FUZZER SEEDS WORK SECONDS JOBS. Runs libFuzzer in JOBS processes and sums up. What they find goes to
# WORK/found, which the next run begins with too; inputs that fail go to WORK/failures.
set -eu

fuzzer=$1 seeds=$2 work=$3 seconds=$4 jobs=$5
mkdir -p "$work/found" "$work/failures"
rm -f "$work"/job-*.log
touch "$work/start"
begin=$(date +%s)

pids=
for job in $(seq "$jobs"); do
    "$fuzzer" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4096 -reload=1 -print_final_stats=0 \
        -artifact_prefix="$work/failures/" "$work/found" "$seeds" >"$work/job-$job.log" 2>&1 &
    pids="$pids $!"
done
# shellcheck disable=SC2086
trap 'kill $pids 2>/dev/null' INT TERM
failed=0
for pid in $pids; do
    wait "$pid" || failed=$((failed + 1))
done

if [ "$failed" -ne 0 ]; then
    grep -hE '^(fuzz: |Glacis: |SUMMARY|.*runtime error|==[0-9]+== *ERROR)' "$work"/job-*.log || tail -n 20 "$work"/job-*.log
    find "$work/failures" -type f -newer "$work/start" | while read -r input; do
        echo "fuzz: repeat it with: make fuzz-repeat INPUT=$input"
    done
    echo "fuzz: $failed of $jobs processes failed; their logs: $work/job-*.log"
    exit 1
fi
cat "$work"/job-*.log | awk -v seconds=$(($(date +%s) - begin)) '
    /^fuzz: played/ { calls += $(NF - 2) }
    END {
        printf "fuzz: %d calls in %d s, no failures\n", calls, seconds
        exit calls == 0
    }'
