#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: initrd.sh PACKAGES INIT SUITE MODULES OUT. Makes the uncompressed cpio OUT from unpacked Debian packages (PACKAGES/),
# our /init, the benchmark suite's folders (SUITE/bin, SUITE/share), and our modules (MODULES/KERNEL/*.ko), which go to /lib/modules/RELEASE of their kernels.
# The same inputs give the same bytes: sorted names, fixed times, owner 0, numbers of our own.
# Needs $TARGET_CC. Database clients that sysbench links but no case uses (a third of its 33 libraries, and 14 MB)
# are stood in for by libraries whose functions all do nothing.
set -eu
packages=$1
out=$5
stage=$out.d
rm -rf "$stage"
mkdir -p "$stage/bin" "$stage/lib" "$stage/dev" "$stage/etc"

cp "$2" "$stage/init"
cp -R "$3/bin" "$3/share" "$stage/"
cp "$packages/bin/busybox" "$packages/usr/bin/sysbench" "$packages/usr/bin/cyclictest" "$stage/bin/"
for module in "$4"/*/*.ko; do
    release=$(strings "$module" | sed -n "s/^vermagic=\([^ ]*\) .*/\1/p")
    mkdir -p "$stage/lib/modules/$release"
    cp "$module" "$stage/lib/modules/$release/"
done
ln -s busybox "$stage/bin/sh"
echo 'root:x:0:0:root:/root:/bin/sh' >"$stage/etc/passwd"

# stub LIBRARY PREFIX: a library that defines every undefined symbol of sysbench that begins with PREFIX.
stub() {
    readelf -W --dyn-syms "$stage/bin/sysbench" >"$out.symbols"
    awk -v prefix="$2" '$7 == "UND" && index($8, prefix) == 1 { sub(/@.*/, "", $8); print "int " $8 "(void); int " $8 \
        "(void) { return 0; }" }' "$out.symbols" >"$out.stub.c"
    version=$(sed -n "s/.* UND $2[^@ ]*@\([A-Za-z0-9_.]*\).*/\1/p" "$out.symbols" | sort -u)
    echo "${version:-ANY} { global: *; };" >"$out.stub.map"
    $TARGET_CC -shared -nostdlib -Os -w -Wl,--build-id=none "-Wl,-soname,$1" ${version:+"-Wl,--version-script=$out.stub.map"} \
        -o "$stage/lib/$1" "$out.stub.c"
}
stub libmariadb.so.3 mysql_
stub libpq.so.5 PQ

# Every library that something in the stage needs, until nothing is missing.
while :; do
    missing=$(find "$stage/bin" "$stage/lib" -type f -exec readelf -d {} + 2>/dev/null |
        sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u | while read -r library; do
        [ -e "$stage/lib/$library" ] || echo "$library"
    done)
    [ -n "$missing" ] || break
    for library in $missing; do
        found=$(find "$packages" -name "$library" | head -n 1)
        if [ -z "$found" ]; then
            echo "error: no package has $library: name the one that does in guests/linux/packages.list" >&2
            exit 1
        fi
        cp -L "$found" "$stage/lib/$library"
    done
done

rm -f "$out.symbols" "$out.stub.c" "$out.stub.map"
find "$stage" -exec touch -h -d @0 {} +
find "$stage" ! -type l -exec chmod 0755 {} +
(cd "$stage" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) >"$out.tmp"
rm -rf "$stage"
mv "$out.tmp" "$out"
