#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: doccheck.sh ROOT DOCUMENT... Checks what documents name in `backticks` against the tree ROOT:
# 1. a word that begins with a folder of the tree's root and a slash is a path that exists (with * as in the shell, and
#    <name> for anything);
# 2. in a document called tour.md, every single word that could be a symbol of C or assembly is defined somewhere in the
#    tree (function, macro, type, member, constant, label); and in `path` `symbol` it is defined in that path;
# 3. a link [text](path) to a file leads to one.
# 4. in a model (.pml), what a line "// Mirrors: path: symbol..." names is defined in that path.
# Words in indented or fenced code are not looked at.
set -eu

root=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/glacis-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# Symbols: name, file. C by ctags; assembly's labels and macros; constants and user stubs that derive from abi's tables.
(
    cd "$root"
    find . -path ./build -prune -o -path ./.git -prune -o -name '*.[ch]' -printf '%P\n' |
        ctags -x --languages=C --langmap=C:.c.h --kinds-C=+p-l --_xformat='%N %F' -L -
    find . -path ./build -prune -o -path ./.git -prune -o -name '*.S' -printf '%P\n' | while read -r file; do
        sed -n "s|^\([A-Za-z_][A-Za-z0-9_]*\):.*|\1 $file|p; s|^\.macro \([a-z_]*\).*|\1 $file|p" "$file"
    done
    for table in abi/*.def abi/arch/*/*.def; do
        [ ! -e "$table" ] || sed -n "s|^INVOCATION(\([A-Za-z]*\), \([A-Za-z]*\),.*|seL4_\1_\2 $table|p
            s|^[A-Z_]*(\([A-Z][A-Z0-9]*_[A-Z0-9_]*\), .*|\1 $table|p" "$table"
    done
) | sort -u >"$work/symbols"

# Backticked words with their lines: "line word", a pair as "line path symbol".
words() {
    case $1 in *.pml)
        awk 'sub(/^\/\/ Mirrors: /, "") { sub(/:$/, "", $1); for (i = 2; i <= NF; i++) print "P", NR, $1, $i }' "$1"
        return
        ;;
    esac
    awk '/^ *```/ { fenced = !fenced; next } fenced { next } {
        count = split($0, part, "`")
        for (i = 2; i < count; i += 2) print "W", NR, part[i]
        for (i = 2; i + 2 < count; i += 2) if (part[i + 1] == " ") print "P", NR, part[i], part[i + 2]
        line = $0
        while (match(line, /\]\([^)#]+/)) {
            print "L", NR, substr(line, RSTART + 2, RLENGTH - 2)
            line = substr(line, RSTART + RLENGTH)
        } }' "$1"
}

exists() { # a path of the tree, perhaps with * or <name>
    pattern=$(printf '%s\n' "$1" | sed 's/<[^>]*>/*/g')
    # The pattern is to be expanded.
    # shellcheck disable=SC2086
    (cd "$root" && set -- $pattern && [ -e "$1" ])
}

complain() {
    echo "$1:$2: error: $3" >&2
    : >"$work/bad"
}

for document; do
    name=${document##*/}
    words "$document" | while read -r kind line first second; do
        case $kind in
        L)
            case $first in *:*) continue ;; esac
            [ -e "$(dirname "$document")/$first" ] || complain "$document" "$line" "the link to $first leads nowhere; correct it"
            continue
            ;;
        P)
            case $first,$second in */*.[chS],*) ;; *) continue ;; esac
            case $name in tour.md | *.pml) ;; *) continue ;; esac
            case $second in *[!A-Za-z0-9_]*) continue ;; esac
            grep -qxF "$second $first" "$work/symbols" ||
                complain "$document" "$line" "$first does not define $second; follow the code and correct $name"
            continue
            ;;
        esac
        [ -z "$second" ] || continue # not a single word
        case $first in
        build/*) ;;
        */*)
            [ ! -d "$root/${first%%/*}" ] || exists "$first" ||
                complain "$document" "$line" "$first does not exist; correct the document"
            ;;
        [!A-Za-z_]* | *[!A-Za-z0-9_]*) ;;
        *)
            [ "$name" = tour.md ] || continue
            grep -q "^$first " "$work/symbols" ||
                complain "$document" "$line" "nothing in the tree is called $first; correct the document"
            ;;
        esac
    done
done
[ ! -e "$work/bad" ]
