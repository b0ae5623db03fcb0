#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make gdb`, in batch mode: symbols and commands work; the kernel's boot part is unmapped when root runs; and what a
# panic reports, for which gdb breaks the kernel: a slot that is no longer empty, a jump to nowhere.
#
#     gdb.sh MAKE...     (make's command with the run's BOARD)
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/glacis-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
failed=0

# debug FILE VARIABLES...: runs the gdb script FILE. $work/gdb and $work/console.log are what gdb and the machine say.
debug() {
    script=$1
    shift
    timeout 100 "$make_program" BUILD=debug "$@" IMAGE="$work/image.img" GDB_CONSOLE="$work/console" \
        GDB_OPTIONS="-batch -x $script" gdb </dev/null >"$work/gdb" 2>&1 || true
}

# has NAME FILE PATTERN...: FILE has a line for each pattern (extended regular expressions).
has() {
    name=$1
    file=$2
    shift 2
    for pattern in "$@"; do
        if ! tr -d '\r' <"$file" | grep -Eq "$pattern"; then
            echo "FAIL $name: no line matches '$pattern'"
            tail -n 12 "$file"
            failed=1
            return
        fi
    done
    echo "PASS $name"
}

make_program=$work/make
printf '#!/bin/sh\nexec %s "$@"\n' "$*" >"$make_program"
chmod +x "$make_program"
root_task="ROOT=\$(OUT)/tests/api/boot_thread.elf"

# --- a root task alone: commands, and the kernel's boot part
cat >"$work/commands" <<'X'
thbreak boot_start
continue
glacis-ready
info symbol every_register_is_zero_but_x0
glacis-kernel
glacis-current
glacis-caps boot_core.current 0 64
set $slots = (struct slot *)(boot_core.current->slots[0].cap.w0 & 0x3fffffffffff)
glacis-slot &$slots[14]
while boot_core.ready[254].head == 0
    glacis-kernel
end
glacis-ready
glacis-tcb boot_core.ready[254].head
set $pc = $pc
x/1xg &boot_core
x/1xg boot_main
X
debug "$work/commands" "$root_task"
has gdb-symbols "$work/gdb" 'boot_start|boot_main' 'registers_are_zero_but_x0 in section|every_register_is_zero_but_x0'
has gdb-current "$work/gdb" 'thread root at 0x[0-9a-f]+: state 1 ' 'priority 255, MCP 255, pc 0x4[0-9a-f]{5}, '
has gdb-caps "$work/gdb" '^slot 1: TCB root at 0x' '^slot 2: CNode of 2\^13 slots at 0x[0-9a-f]+, guard 0 of 51 bits' \
    '^slot 3: VSpace 0x[0-9a-f]+, ASID 1' '^slot 10: Frame of 2\^12 bytes at physical 0x' \
    '^slot 14: SchedContext of 2\^7 bytes' '^SchedContext of 2\^7 bytes'
has gdb-ready "$work/gdb" '^ready at 254:  at 0x' 'priority 254, MCP 255' 'end of the queues'
has boot-memory-unmapped "$work/gdb" '<boot_core>:' 'Cannot access memory at address 0x100000'

# --- a CHECK: the first free slot of root's CNode is not as it must be
cat >"$work/check" <<'X'
glacis-kernel
set $slots = (struct slot *)(boot_core.current->slots[0].cap.w0 & 0x3fffffffffff)
set $slot = 16
while $slots[$slot].cap.w0 != 0
    set $slot = $slot + 1
end
set variable $slots[$slot].prev = 8
thbreak arch_halt
continue
kill
X
debug "$work/check" "$root_task"
has panic-check "$work/console.log" '^Glacis: kernel panic: kernel/core/cdt.c:[0-9]+: CHECK\(.*dest.*\) failed' \
    '^at 0x100000[0-9a-f]+, in kernel.elf' '^core 0, current thread root \(0x[0-9a-f]+\), state' \
    '^calls:( 100000[0-9a-f]+)+' '^ESR_EL2 0*56000000  ELR_EL2 [0-9a-f]{16}  SPSR_EL2' '^FAR_EL2 [0-9a-f]{16}' \
    'Glacis [0-9.]+ \(debug build\)' '^thread: pc 00000000004[0-9a-f]{5}  sp 0000' '^Glacis: halted'
# The addresses behind "at" and "calls:" are of functions that lead there.
calls=$(tr -d '\r' <"$work/console.log" | sed -n 's/^at 0x\([0-9a-f]*\),.*/\1/p; s/^calls: //p' | tr '\n' ' ')
for call in $calls; do
    echo "info symbol 0x$call"
done >"$work/symbols"
kernel=$(find build -path '*-gic3-debug/kernel/kernel.elf' | head -n 1)
gdb-multiarch -q -nx -batch -x "$work/symbols" "$kernel" >"$work/names" 2>&1
has panic-calls "$work/names" 'cdt_insert|decode_Untyped_Retype|invocation_decode' 'trap_sync|entry_syscall'

# --- an exception of the kernel itself
cat >"$work/exception" <<'X'
glacis-kernel
set $x5 = 0x1234abcd
set $x21 = 0x77
set $pc = 0x10
thbreak arch_halt
continue
kill
X
debug "$work/exception" "$root_task"
has panic-exception "$work/console.log" '^x3 [0-9a-f]+  x4 [0-9a-f]+  x5 1234abcd' '^x21 77  x22' '^x30 [0-9a-f]+  sp 100000' \
    'kernel panic: the kernel took a synchronous exception at ELR_EL2: look it up in kernel.elf' \
    'current thread root' '^ESR_EL2 0*86000[0-9a-f]*  ELR_EL2 0{14}10 ' '^FAR_EL2 0{14}10 ' '^calls:' '^Glacis: halted'

# --- a system: symbols of root and of the VMM
cat >"$work/system" <<'X'
info symbol vm_create
info symbol root_make_objects
glacis-kernel
glacis-current
kill
X
debug "$work/system" SYSTEM=bare
has gdb-system "$work/gdb" '^vm_create in section .text of .*vmm.elf' '^root_make_objects in section .text of .*root.elf' 'thread root at'
echo DONE
exit $failed
