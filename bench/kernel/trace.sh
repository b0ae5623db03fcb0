#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# trace.sh CROSS KERNEL_ELF PATH_FILE [USER_ELF]: where an operation spends its instructions. PATH_FILE has the address of
# every instruction, one a line, in order. Three tables: by function of the source (inlined ones count for themselves), by
# function of the binary, and the order of events. Functions below 2^40 are those of USER_ELF; others there are (user).
set -eu
cross=$1 elf=$2 path=$3 user=${4-}
if [ ! -s "$path" ]; then
    echo "$path is empty: the operation was not measured" >&2
    exit 1
fi

# Of each address in ELF: the innermost function, its file and line, the function that it was inlined into.
locate() {
    "${cross}addr2line" -e "$1" -a -f -i <"$path" | awk '
        function flush() { if (address != "") print address, inner, where, outer }
        /^0x/ { flush(); address = $1; inner = ""; next }
        {
            name = $1
            getline place
            sub(/ .*/, "", place)
            sub(/^.*\/\.\//, "", place)
            sub(/^\.\//, "", place)
            if (inner == "") { inner = name; where = place }
            outer = name
        }
        END { flush() }'
}

located=$(mktemp) located_user=$(mktemp)
trap 'rm -f "$located" "$located_user"' EXIT
if [ -n "$user" ]; then
    locate "$user" >"$located_user"
else
    sed 's/.*/- ?? ?? ??/' "$path" >"$located_user"
fi
locate "$elf" | paste -d " " - "$located_user" | awk '
    length($1) == 18 && $1 < "0x0000010000000000" {
        if ($6 == "??") print $1, "(user)", "-", "(user)"
        else print $1, $6, $7, $8
        next
    }
    { print $1, $2, $3, $4 }' >"$located.all"
mv "$located.all" "$located"

echo
echo "by function of the source"
awk '{ split($3, at, ":"); n[$2 " " at[1]]++ } END { for (k in n) { split(k, w, " "); printf "%6d  %-34s %s\n", n[k], w[1], w[2] } }' \
    "$located" | sort -k1,1nr -k2
echo
echo "by function of the binary"
awk '{ n[$4]++ } END { for (k in n) printf "%6d  %s\n", n[k], k }' "$located" | sort -k1,1nr -k2
echo
echo "in order"
awk '
    function flush() { if (run) printf "%6d  %-34s %s\n", run, last, from }
    { key = $2 == $4 ? $2 : $4 " > " $2 }
    key != last { flush(); run = 0; last = key; from = $3 }
    { run++ }
    END { flush() }' "$located"
