#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Two builds of one tree give the same image to the byte: compiles and packs the bare system twice, the second time from
# objects built anew in a folder of its own.
#
#     reproducible.sh OUT MAKE...     (MAKE: make's command with the run's BOARD and BUILD)
set -eu
out=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/glacis-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

"$@" --silent SYSTEM=bare image
"$@" --silent SYSTEM=bare OUT="$work/out" IMAGE="$work/glacis.img" image
if cmp "$out/systems/bare/glacis.img" "$work/glacis.img"; then
    echo "PASS image-reproducible"
else
    echo "FAIL image-reproducible: two builds differ; look for paths, dates or order of files in the last change"
fi
echo DONE
