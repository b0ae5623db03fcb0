#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# stretch.sh FOLDER BUDGET [check]: the longest stretches with interrupts masked that bench/kernel/stretch.c wrote into
# FOLDER, one file a run: a line for each run, the longest first, then for each operation of bench/kernel/longest.c. Fails
# when a run that has a log has no file; with `check`, when a stretch is longer than BUDGET instructions.
set -eu
folder=$1 budget=$2 check=${3:-}
for log in "$folder"/log/*.log; do
    run=$(basename "$log" .log)
    case $run in
    *.build) continue ;;
    esac
    if [ ! -s "$folder/$run" ]; then
        echo "$folder/$run is missing: the run was not watched; see $log" >&2
        exit 1
    fi
done

# FILE OPERATION COUNT FIRST LAST MOST MOST_COUNT
lines() {
    for file in "$folder"/*; do
        case $file in
        *.path | *.new | */log) ;;
        *) sed "s,^,$(basename "$file") ," "$file" ;;
        esac
    done
}
table() {
    printf '\n%-34s %12s  %-64s %s\n' "$1" instructions "from > to" "most of it"
    sort -k2,2nr -k1,1 | awk '{ printf "%-34s %12d  %-64s %s %d\n", $1, $2, $3 " > " $4, $5, $6 }'
}
lines | awk '$3 > most[$1] { most[$1] = $3; line[$1] = $1 " " $3 " " $4 " " $5 " " $6 " " $7 } END { for (r in line) print line[r] }' |
    table "longest stretch of a run"
lines | awk '$2 != "-" && $3 > most[$2] { most[$2] = $3; line[$2] = $2 " " $3 " " $4 " " $5 " " $6 " " $7 }
    END { for (o in line) print line[o] }' | table "longest stretch of an operation"
longest=$(lines | awk '$3 > most { most = $3 } END { print most + 0 }')
echo
echo "longest stretch with interrupts masked: $longest instructions, of $budget at most"
if [ "$check" = check ] && [ "$longest" -gt "$budget" ]; then
    echo "that is too long; $folder/RUN.path has where: bench/kernel/trace.sh CROSS KERNEL_ELF $folder/RUN.path" >&2
    exit 1
fi
