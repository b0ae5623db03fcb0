#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# What the root task says about a specification that is damaged or asks too much, and about a component that stops:
# changes single fields (abi/spec.h) of the bare system's specification, packs and starts it.
#
#     root-errors.sh OUT MAKE...     (MAKE: make's command with the run's BOARD and BUILD)
set -eu
out=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/glacis-XXXXXX")
machine_pid=
trap 'test -z "$machine_pid" || kill "$machine_pid" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

"$@" --silent SYSTEM=bare image
machine=$("$@" --silent show-machine)
system=$out/systems/bare
failed=0

# word OFFSET: the 32-bit word at OFFSET of the specification.
word() {
    od -An -t u4 -j "$1" -N 4 "$system/glacis.spec" | tr -d ' '
}

# patch OFFSET BYTE...: writes bytes (octal) at OFFSET of the changed specification.
patch() {
    offset=$1
    shift
    for byte in "$@"; do
        printf '%b' "\\0$byte" | dd of="$work/spec" bs=1 seek="$offset" conv=notrunc status=none
        offset=$((offset + 1))
    done
}

# start IMAGE NAME PATTERN...: the machine's output has a line for each pattern.
start() {
    image=$1
    name=$2
    shift 2
    # shellcheck disable=SC2086 # the command has several words
    $machine -kernel "$image" </dev/null >"$work/log" 2>&1 &
    machine_pid=$!
    tries=100
    for pattern in "$@"; do
        until grep -q "$pattern" "$work/log"; do
            tries=$((tries - 1))
            if [ $tries -le 0 ]; then
                echo "FAIL $name: no line matches '$pattern'"
                tail -n 5 "$work/log"
                failed=1
                break 2
            fi
            sleep 0.1
        done
    done
    [ $tries -le 0 ] || echo "PASS $name"
    kill "$machine_pid" 2>/dev/null || true
    wait "$machine_pid" 2>/dev/null || true
    machine_pid=
}

# try NAME PATTERN...: packs the changed specification and starts it.
try() {
    sed "s|^spec=.*|spec=$work/spec|" "$system/glacis.modules" >"$work/modules"
    build/host/bin/glacis-image --kernel "$out/kernel/kernel.bin" --root "$out/services/root.elf" \
        --manifest "$work/modules" --output "$work/image"
    start "$work/image" "$@"
}

fresh() {
    cp "$system/glacis.spec" "$work/spec"
}

fresh
patch 0 1
try root-spec-magic 'root: specification: .*no specification.*: build the image again'
fresh
patch 8 2
try root-spec-version 'root: specification: version 2, .*: build the image again'
head -c 1000 "$system/glacis.spec" >"$work/spec"
try root-spec-truncated 'root: specification: .*truncated.*: build the image again'
fresh
patch $(($(word 32) + 8)) 0 0 0 0
try root-spec-object 'root: specification: object record 0: it makes no object: build the image again'
fresh
patch 36 377 377 377 377
try root-spec-table 'root: specification: table of objects .*: build the image again'

sed '/^spec=/d' "$system/glacis.modules" >"$work/modules"
build/host/bin/glacis-image --kernel "$out/kernel/kernel.bin" --root "$out/services/root.elf" \
    --manifest "$work/modules" --output "$work/image"
start "$work/image" root-spec-missing 'root: specification: the image has no module "spec": pack it'

# Every thread starts at an address where nothing is, one after the other.
threads=$(word 80)
for thread in $(seq 0 $(($(word 84) - 1))); do
    fresh
    patch $((threads + 112 * thread + 64)) 0 0 320 1 0 0 0 0
    case $thread in
    0) continue ;; # the guest's own: its VMM sets where it starts
    esac
    try "root-fault-$thread" 'root: thread [a-z.]* stopped; the rest goes on' \
        'root: it executed at address 0x1d00000, where nothing is mapped (pc 0x1d00000, ESR 0x[0-9a-f]*)' \
        'root:   x28 .*x30'
done

"$@" --silent SYSTEM=bare IMAGE="$work/large.img" MEMORY=256 image
machine=$(echo "$machine" | sed 's/-m [0-9]*/-m 128/')
start "$work/large.img" root-memory \
    'root: the system needs 256 MiB for "bare.memory" but this board has [0-9]* MiB free: give the VM less'
echo DONE
exit $failed
