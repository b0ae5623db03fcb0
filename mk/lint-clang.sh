#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: lint-clang.sh clang ARGUMENT... Runs the compiler without the arguments of GCC that Clang refuses; each is about
# optimisation alone.
set -eu

for argument; do
    shift
    case $argument in
    -flto* | -fno-align-* | -fno-tree-loop-distribute-patterns | -fno-shrink-wrap | -fno-move-loop-invariants | \
        -fno-expensive-optimizations) ;;
    *) set -- "$@" "$argument" ;;
    esac
done
exec "$@"
