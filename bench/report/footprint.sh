#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: footprint.sh CROSS IMAGE NAME=ELF... Prints, as JSON, the bytes of the image and of each program in it (text,
# constants, data, zeroed data, and what only boot needs), and the lines of code by part: those that are left without comments and blank lines.
set -eu

cross=$1
image=$2
shift 2

# The compiler takes out the comments and nothing else.
lines() {
    find "$@" -type f \( -name '*.[chS]' -o -name '*.def' \) | LC_ALL=C sort | xargs cat |
        gcc -fpreprocessed -dD -E -P -x c - 2>/dev/null | grep -c .
}

printf '{\n  "image_bytes": %d,\n  "programs": [' "$(stat -c %s "$image")"
separator=
for program in "$@"; do
    printf '%s\n    ' "$separator"
    "${cross}size" -A "${program#*=}" | awk -v name="${program%%=*}" '
        $1 ~ /^[.]boot/ { boot += $2; next }
        $1 ~ /^[.]text/ { text += $2 }
        $1 ~ /^[.]rodata/ { constants += $2 }
        $1 ~ /^[.]data/ { data += $2 }
        $1 ~ /^[.]bss/ { zeroed += $2 }
        END { printf "{\"name\": \"%s\", \"text\": %d, \"constants\": %d, \"data\": %d, \"zeroed\": %d, \"boot\": %d}",
            name, text, constants, data, zeroed, boot }'
    separator=,
done
printf '\n  ],\n  "lines": ['
separator=
while read -r part folders; do
    # Each folder is a word of its own.
    # shellcheck disable=SC2086
    printf '%s\n    {"part": "%s", "lines": %d}' "$separator" "$part" "$(lines $folders)"
    separator=,
done <<END
kernel/neutral kernel/core kernel/object kernel/include
kernel/aarch64 kernel/arch/aarch64
kernel/drivers kernel/drivers
abi abi
lib lib
vmm vmm
services services
tools tools
guests guests
bench bench
tests tests kernel/arch/host
END
printf '\n  ]\n}\n'
