#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: lint-headers.sh FILE... Each file begins with the two lines of the licence (a script after its #! line), in the
# comment of its language. Documents and their pictures, the licence itself, JSON and settings of tools have none.
set -eu

bad=0
for file; do
    case $file in *.md | *.json | *.svg | *.xz | LICENSE | .gitignore | .clang-format | .editorconfig) continue ;; esac
    if ! head -n 3 "$file" | awk '
        /SPDX-License-Identifier: BSD-2-Clause( \*\/)?$/ { at = NR }
        /Copyright \(c\) [0-9]+ The Glacis developers( \*\/)?$/ && at && NR == at + 1 { good = 1 }
        END { exit !good }'; then
        echo "$file:1: error: the licence header is not there; begin the file with the two lines of docs/style.md's example" >&2
        bad=1
    fi
done
exit $bad
