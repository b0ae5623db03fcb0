#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: xen_tree.sh BOARD GUEST KERNEL_ADDRESS KERNEL INITRD_ADDRESS INITRD OUT. Makes of the board's device tree one that
# tells Xen to start one guest (Xen's documentation, misc/arm/device-tree/booting.txt and features/dom0less.pandoc), with
# memory and command line of the guest's tree. An empty INITRD: none. WFI is the guest's own (vwfi=native), as the VM is alone.
set -eu
board=$1
guest=$2
out=$7
domain=/chosen/domU1

size() {
    printf '%x' "$(stat -L -c %s "$1")"
}

# module KIND ADDRESS FILE [BOOTARGS]
module() {
    node=$domain/module@${2#0x}
    fdtput -cp "$out" "$node"
    fdtput -t s "$out" "$node" compatible "multiboot,$1" multiboot,module
    fdtput -t x "$out" "$node" reg 0 "$2" 0 "$(size "$3")"
    [ -z "${4:-}" ] || fdtput -t s "$out" "$node" bootargs "$4"
}

dtc -q -I dtb -O dtb -p 4096 -o "$out" "$board"
fdtput -t s "$out" /chosen xen,xen-bootargs "console=dtuart dtuart=$(fdtget "$board" /chosen stdout-path) vwfi=native"
fdtput -t x "$out" /chosen '#address-cells' 2
fdtput -t x "$out" /chosen '#size-cells' 2
fdtput -cp "$out" $domain
fdtput -t s "$out" $domain compatible xen,domain
fdtput -t x "$out" $domain '#address-cells' 2
fdtput -t x "$out" $domain '#size-cells' 2
fdtput -t x "$out" $domain cpus 1
fdtput "$out" $domain vpl011
# Kilobytes, in two cells. The guest's memory has two cells of address and of size.
# shellcheck disable=SC2046
set -- "$@" $(fdtget -t x "$guest" "/$(fdtget -l "$guest" / | grep '^memory')" reg)
fdtput -t x "$out" $domain memory 0 "$(printf '%x' $((0x${11} / 1024)))"
module kernel "$3" "$4" "$(fdtget "$guest" /chosen bootargs)"
[ -z "$6" ] || module ramdisk "$5" "$6"
