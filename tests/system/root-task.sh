#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make run ROOT=file`: a root task that is laid out as libsel4's are starts from the kernel alone, on both interrupt
# controllers and with more memory; files that are no root task are refused with cause and mend.
#
#     root-task.sh MAKE...     (make's command with the run's BOARD)
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/glacis-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
failed=0

# result NAME: tells what the last command's status means; $work/log is what it wrote.
result() {
    if [ "$status" -eq 0 ]; then
        echo "PASS $1"
    else
        echo "FAIL $1: exit status or text is wrong"
        tail -n 5 "$work/log"
        failed=1
    fi
}

# starts NAME VARIABLES...: the root task of the test boot_image runs to its end, from a copy elsewhere.
starts() {
    name=$1
    shift
    status=0
    "$make_program" "$@" BUILD=debug "ROOT=\$(OUT)/tests/api/boot_image.elf" IMAGE="$work/first.img" image \
        >"$work/log" 2>&1 || status=1
    find build -path "*/tests/api/boot_image.elf" -exec cp {} "$work/task.elf" \;
    timeout 60 "$make_program" "$@" BUILD=debug "ROOT=$work/task.elf" IMAGE="$work/task.img" run \
        </dev/null >"$work/log" 2>&1 || status=1
    grep -q '^DONE' "$work/log" && ! grep -q '^FAIL' "$work/log" || status=1
    result "$name"
}

# refused NAME TEXT VARIABLES...: nothing is packed, and the message has the text.
refused() {
    name=$1
    text=$2
    shift 2
    status=0
    if "$make_program" "$@" IMAGE="$work/none.img" image >"$work/log" 2>&1 || [ -e "$work/none.img" ]; then
        status=1
    fi
    grep -q "$text" "$work/log" || status=1
    result "$name"
}

make_program=$work/make
printf '#!/bin/sh\nexec %s "$@"\n' "$*" >"$make_program"
chmod +x "$make_program"

starts root-task-gic2 GIC=2
starts root-task-gic3 GIC=3 BOARD_MEMORY=2048
echo 'no program' >"$work/text"
refused root-task-missing 'cannot be opened .*; build it, or name an existing file' "ROOT=$work/nothing.elf"
refused root-task-no-elf 'is not an ELF file; give a static AArch64 program' "ROOT=$work/text"
refused root-task-machine 'for another machine .*; build it for little-endian AArch64' "ROOT=$(command -v make)"
aarch64-linux-gnu-gcc -nostdlib -static-pie -fPIE -o "$work/pie.elf" -x c - <<'X'
static int value;
int *const pointer = &value;
void _start(void);
void _start(void) { *pointer = 1; }
X
refused root-task-pie 'not linked to fixed addresses .*; link it with -static -no-pie' "ROOT=$work/pie.elf"
head -c 5000 "$work/task.elf" >"$work/short.elf"
refused root-task-short 'truncated\|damaged' "ROOT=$work/short.elf"
refused root-task-setting 'MEMORY= is for a system of VMs' "ROOT=$work/task.elf" MEMORY=64
echo DONE
exit $failed
