#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Linux's performance events (guests/linux/perf_count.c) on the bare machine and as a guest, the same device tree: what a
# program retires at EL0 is the same to the instruction, and no overflow interrupt is lost.
#
#     perf.sh GIC MAKE...     (MAKE: make's command with the run's BOARD and BUILD)
set -eu
gic=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/glacis-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

kernel=build/guests/linux/vmlinuz
initrd=build/guests/linux/perf.cpio
cmdline="console=ttyAMA0 quiet nokaslr"
"$@" --silent GIC="$gic" "$initrd" "$kernel"
"$@" --silent GIC="$gic" SYSTEM=linux KERNEL="$kernel" INITRD="$initrd" MEMORY=256 CMDLINE="$cmdline" IMAGE="$work/glacis.img" \
    TREE="$work/guest.dtb" image guest-tree

run() {
    qemu-system-aarch64 -M "virt,gic-version=$gic,virtualization=on" -cpu cortex-a53 -nodefaults -no-reboot -display none \
        -icount shift=0,sleep=off -rtc base=2020-01-01,clock=vm -seed 1 -serial stdio "$@" </dev/null | tr -d '\r'
}
run -m 256 -kernel "$kernel" -initrd "$initrd" -dtb "$work/guest.dtb" -append "$cmdline" >"$work/native"
run -m 1024 -kernel "$work/glacis.img" >"$work/guest"

value() {
    sed -n "s/^@perf $2 \([0-9]*\)$/\1/p" "$work/$1"
}

# near NAME A B TOLERANCE WHAT
near() {
    if [ -n "$2" ] && [ -n "$3" ] && [ $(($2 - $3)) -le "$4" ] && [ $(($3 - $2)) -le "$4" ]; then
        echo "PASS perf-gic$gic-$1: $2 $3"
    else
        echo "FAIL perf-gic$gic-$1: $5: '$2' and '$3' differ by more than $4"
        cat "$work/native" "$work/guest"
    fi
}

native=$(value native instructions)
guest=$(value guest instructions)
near instructions "$native" "$guest" 0 "instructions at EL0, on the bare machine and as a guest"
native=$(($(value native instructions-twice) - native))
guest=$(($(value guest instructions-twice) - guest))
near native "$native" 40000000 0 "instructions of 20 million rounds of two, on the bare machine"
near guest "$guest" 40000000 0 "instructions of 20 million rounds of two, as a guest"
near samples "$(value guest samples)" "$(value guest samples-due)" 2 "overflow interrupts as a guest, and those due"
near cycles "$(($(value guest cycles) / 1000000))" "$(($(value native cycles) / 1000000))" 2 "cycles at EL0, in millions"
echo DONE
