#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: guest-fetch.sh LIST FOLDER [check]. Makes FOLDER hold the packages of LIST, fetched with an apt state of our own:
# the user's package configuration is read (mirrors), never written. Invariants:
# 1. FOLDER is complete or absent: it is filled under another name and renamed.
# 2. FOLDER/SHA256SUMS names every file; each use of the cache verifies it. apt has verified the signatures on the way in.
set -eu
list=$(realpath "$1")
folder=$2
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

if cmp -s "$list" "$folder/packages.list" && (cd "$folder" && sha256sum --quiet -c SHA256SUMS); then
    # Newer than what it was made from, as make wants it; not newer each time, or all that is unpacked from it would be
    # made again.
    if [ -n "$(find "$list" "$0" -newer "$folder/SHA256SUMS")" ]; then
        touch "$folder/SHA256SUMS"
    fi
    exit 0
fi
if [ "${3:-}" = check ]; then
    echo "guest packages missing, damaged or outdated in $folder"
    echo "mend: make deps"
    exit 1
fi

echo "fetching the guest's packages to $folder"
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
mkdir -p "$work/lists/partial" "$work/state" "$work/cache/archives/partial" "$work/files"
: >"$work/status"

# Sources may come from the release after this one too: some mirrors have dropped archives of the older one.
next_release=trixie
# The machine's own mirrors of its Debian release: whatever format the user's sources have, apt prints them.
# shellcheck disable=SC1091
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
machine=$(dpkg --print-architecture)
# $(...) below is apt's own notation.
# shellcheck disable=SC2016
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' | sort -u |
    while read -r uri suite component origin; do
        case $component,$origin in main,Debian | main,\$*) ;; *) continue ;; esac
        case $suite in "$release" | "$release-updates" | "$release-security") ;; *) continue ;; esac
        echo "deb [arch=arm64,$machine signed-by=$keyring] $uri $suite main"
        [ "$suite" = "$release" ] || continue
        echo "deb-src [signed-by=$keyring] $uri $suite main"
        echo "deb-src [signed-by=$keyring] $uri $next_release main"
    done >"$work/sources.list"
if [ ! -s "$work/sources.list" ]; then
    echo "error: apt has no mirror of Debian ${release:-(unknown release)}: add one to /etc/apt/sources.list" >&2
    exit 1
fi

# This machine's settings (proxies, mirrors' quirks) without its hooks, then a state of our own.
apt-config dump | grep -v Invoke >"$work/apt.conf"
cat >>"$work/apt.conf" <<EOF
Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "/dev/null";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$work/state";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work/cache";
APT::Architecture "arm64";
APT::Architectures { "arm64"; "$machine"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Debug::NoLocking "1";
EOF
export APT_CONFIG="$work/apt.conf"

# The names in the list's lines of a kind: depends, headers, source.
listed() {
    sed -n "s/^$1 //p" "$list"
}

depends_of() {
    apt-cache depends --no-suggests --no-recommends "$1" | sed -n 's/^ *Depends: //p'
}

fetch_packages() {
    names=$(grep -v -e '^#' -e ' ' "$list")
    for package in $(listed depends); do
        names="$names $(depends_of "$package")"
    done
    for package in $(listed headers); do
        for headers in $(depends_of "$package"); do
            names="$names $headers $(depends_of "$headers" | sed -n -e '/^linux-headers-/p' -e "s/^\(linux-kbuild-[^:]*\).*/\1:$machine/p")"
        done
    done
    # Each package's name is a word of its own.
    # shellcheck disable=SC2086
    (cd "$work/files" && apt-get -q download $names)
}

# The newest version that the mirrors really have: some archives of older ones are gone.
fetch_source() {
    for version in $(apt-cache showsrc "$1" | sed -n 's/^Version: //p' | sort -urV); do
        (cd "$work/files" && apt-get -q source --download-only --tar-only "$1=$version") && return 0
    done
    return 1
}

fetch_sources() {
    for package in $(listed source); do
        fetch_source "$package" || return 1
    done
}

if ! { apt-get -q update && fetch_packages && fetch_sources; } >"$work/log" 2>&1; then
    cat "$work/log" >&2
    echo "error: the guest's packages could not be fetched: check the network and the mirrors, then run: make deps" >&2
    exit 1
fi
cp "$list" "$work/files/packages.list"
(cd "$work/files" && find . -name '*.deb' -o -name '*.tar.*' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
rm -rf "$folder"
mv "$work/files" "$folder"
