#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The checks of `make lint` that are ours, and what abi/ asserts: each accepts what is right and names what is wrong.
set -eu
here=$(pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/glacis-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work"

# accepts NAME COMMAND...; refuses NAME MESSAGE COMMAND...
accepts() {
    name=$1
    shift
    if "$@" >output 2>&1; then echo "PASS $name"; else echo "FAIL $name: $(head -n 1 output)"; fi
}
refuses() {
    name=$1 message=$2
    shift 2
    if "$@" >output 2>&1; then
        echo "FAIL $name: it was accepted"
    elif grep -q "$message" output; then
        echo "PASS $name"
    else
        echo "FAIL $name: $(head -n 1 output)"
    fi
}

mkdir kernel
{
    printf '// SPDX-License-Identifier: BSD-2-Clause\n// Copyright (c) 2026 The Glacis developers\n'
    printf 'int short_one(void) {\n    return 1;\n}\nint long_one(void) {\n'
    seq 80 | sed 's/.*/    short_one();/'
    printf '    return 2;\n}\n'
} >kernel/a.c
printf 'int other;\n' >kernel/b.c
accepts licence-header "$here/mk/lint-headers.sh" kernel/a.c
refuses licence-header-missing 'kernel/b.c:1: error' "$here/mk/lint-headers.sh" kernel/a.c kernel/b.c

# shellcheck disable=SC2016
printf '## Exceptions\n- `kernel/a.c` `long_one`: a test.\n' >style.md
printf '## Exceptions\n' >strict.md
# shellcheck disable=SC2016
printf '## Exceptions\n- `kernel/a.c` `long_one`: a test.\n- `kernel/a.c`: a test.\n' >stale.md
accepts size-exception "$here/mk/lint-size.sh" style.md kernel/a.c
refuses size-function 'long_one has 83 lines' "$here/mk/lint-size.sh" strict.md kernel/a.c
refuses size-stale-exception 'no longer needed' "$here/mk/lint-size.sh" stale.md kernel/a.c
yes 'int other;' | head -n 701 >kernel/c.c
refuses size-file '701 lines' "$here/mk/lint-size.sh" strict.md kernel/c.c

# shellcheck disable=SC2016
printf '`kernel/a.c` `short_one` and `kernel/<x>.c`, `long_one`\n' >tour.md
accepts documents "$here/tools/doccheck/doccheck.sh" . tour.md
# shellcheck disable=SC2016
printf '`kernel/gone.c`\n' >tour.md
refuses documents-path 'tour.md:1: error: kernel/gone.c does not exist' "$here/tools/doccheck/doccheck.sh" . tour.md
# shellcheck disable=SC2016
printf '\n`gone`\n' >tour.md
refuses documents-symbol 'tour.md:2: error: nothing in the tree is called gone' "$here/tools/doccheck/doccheck.sh" . tour.md
# shellcheck disable=SC2016
printf '`kernel/b.c` `short_one`\n' >tour.md
refuses documents-symbol-in-file 'kernel/b.c does not define short_one' "$here/tools/doccheck/doccheck.sh" . tour.md
printf '// Mirrors: kernel/a.c: short_one long_one\n' >a.pml
accepts documents-model "$here/tools/doccheck/doccheck.sh" . a.pml
printf '//\n// Mirrors: kernel/a.c: short_one other\n' >a.pml
refuses documents-model-symbol 'a.pml:2: error: kernel/a.c does not define other' "$here/tools/doccheck/doccheck.sh" . a.pml
printf '[a](gone.md)\n' >tour.md
refuses documents-link 'leads nowhere' "$here/tools/doccheck/doccheck.sh" . tour.md

# What abi/ asserts of its tables.
compile() { ${HOST_CC:-gcc} -std=gnu17 -fsyntax-only -x c "$@"; }
cp -r "$here/abi" abi
accepts abi-configuration compile -I. abi/labels.h
refuses abi-other-configuration 'no tables for this configuration' compile -I. -DABI_CORES=4 abi/labels.h
sed -i 's/^INVOCATION(VCPU, SetTCB, 55,/INVOCATION(VCPU, SetTCB, 77,/' abi/arch/aarch64/invocations.def
refuses abi-changed-label 'a published number has changed: VCPU_SetTCB' compile -I. abi/labels.h
sed -i 's/^INVOCATION(VCPU, SetTCB, 77,/INVOCATION(VCPU, SetTCB, 55,/
    $ a INVOCATION(VCPU, Halt, 0x10ff, CAPS(), WORDS(), RESULTS(0))' abi/arch/aarch64/invocations.def
refuses abi-unpublished-label 'lacks a number of the tables' compile -I. abi/labels.h
cp "$here/abi/arch/aarch64/invocations.def" abi/arch/aarch64/invocations.def
sed -i 's/^FAULT(SEL4_FAULT_VCPU, 8,/FAULT(SEL4_FAULT_VCPU, 4,/' abi/arch/aarch64/faults.def
refuses abi-changed-fault 'a published number has changed: SEL4_FAULT_VCPU' compile -I. abi/labels.h
cp "$here/abi/arch/aarch64/faults.def" abi/arch/aarch64/faults.def
sed -i 's/^SYSCALL(Yield, -11)/SYSCALL(Yield, -18)/' abi/syscalls.def
refuses abi-changed-call 'a published number has changed: SYS_Yield' compile -I. abi/labels.h
echo DONE
