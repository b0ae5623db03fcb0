#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: deps.sh install|install-test|doctor. Compares mk/deps.list with this machine. `install` installs what is missing
# with apt (as root, or through sudo), `install-test` also what only the tests need; `doctor` changes nothing and names the
# mend.
set -eu

missing=
while read -r package proof group; do
    case $package in '' | \#*) continue ;; esac
    [ "$1" != install ] || [ -z "$group" ] || continue
    case $proof in
    /*) [ -e "$proof" ] || missing="$missing $package" ;;
    *) command -v "$proof" >/dev/null 2>&1 || missing="$missing $package" ;;
    esac
done <"$(dirname "$0")/deps.list"

if [ -z "$missing" ]; then
    [ "$1" != doctor ] || echo "packages: all there"
    exit 0
fi
echo "packages missing:$missing"

as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=sudo
fi
mend="${as_root:+$as_root }apt-get install --no-install-recommends$missing"
if [ "$1" = doctor ]; then
    echo "mend: make deps-test, or: $mend"
    exit 1
fi
if [ -n "$as_root" ] && ! command -v sudo >/dev/null 2>&1; then
    echo "error: installing them needs root, and sudo is not there: as root, run: apt-get install$missing" >&2
    exit 1
fi
echo "installing them: $mend"
$as_root apt-get update -q || echo "warning: apt-get update failed, going on with the lists that are there" >&2
# Each package's name is a word of its own.
# shellcheck disable=SC2086
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; then
    echo "error: apt could not install the packages: mend what apt says above, then run: make deps" >&2
    exit 1
fi
