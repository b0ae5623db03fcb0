#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: lint-size.sh STYLE FILE... A file of C has 700 lines at most, a function 60, but for the exceptions that STYLE
# (docs/style.md) lists as `- \`file\`: reason` or `- \`file\` \`function\`: reason` below its heading "Exceptions". An
# exception that nothing needs any more is an error too.
set -eu

style=$1
shift
{
    sed -n '/^## Exceptions/,$s/^- `\([^`]*\)` `\([^`]*\)`: .*/E \1 \2/p; /^## Exceptions/,$s/^- `\([^`]*\)`: .*/E \1 -/p' "$style"
    for file; do
        echo "L $file - $(wc -l <"$file")"
    done
    ctags -x --languages=C --langmap=C:.c.h --c-kinds=f --_xformat='F %F %N %n %e' "$@" | awk '{ print $1, $2, $3, $5 - $4 + 1, $4 }'
} | awk -v style="$style" '
    $1 == "E" { reason[$2 " " $3] = 1; next }
    { key = $2 " " $3; most = $1 == "L" ? 700 : 60 }
    $4 <= most { next }
    key in reason { used[key] = 1; next }
    $1 == "L" { print $2 ":1: error: " $4 " lines, more than 700; split it by its jobs, or list it in " style; bad = 1; next }
    { print $2 ":" $5 ": error: " $3 " has " $4 " lines, more than 60; split it, or list it in " style; bad = 1 }
    END {
        for (key in reason)
            if (!(key in used)) {
                print style ": error: the exception for " key " is no longer needed; remove it"
                bad = 1
            }
        exit bad
    }' >&2
