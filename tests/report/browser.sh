#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: browser.sh FOLDER. Opens the report in FOLDER in headless Chromium at three widths: nothing goes to its console,
# every plot is drawn, nothing is wider than the window, and no text of the results has become an element. The page is
# valid HTML and loads nothing. Leaves screenshots, FOLDER/WIDTH.png.
set -eu
folder=$(cd "$1" && pwd)
page=$folder/report.html
copy=$folder/checked.html
failed=0

fail() {
    echo "FAIL $1"
    failed=1
}

browser() {
    chromium-headless-shell --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --enable-logging=stderr \
        "$@" "file://$copy"
}

tidy -q -e "$page" 2>"$folder/tidy.log" || true
[ ! -s "$folder/tidy.log" ] || fail "valid-html: $(head -n 3 "$folder/tidy.log")"
! grep -Eiq '<(script|img|iframe|link|object|embed)|url\(|@import' "$page" || fail "self-contained: the page loads or runs something"
xmllint --noout "$folder/junit.xml" || fail "junit.xml is not XML"

plots=$(grep -c '^set output' "$folder/plots/plots.gp")
# The page forbids scripts; its copy lets one of ours look at it.
sed -e "s/default-src 'none';/default-src 'none'; script-src 'unsafe-inline';/" -e '/<\/html>/d' "$page" >"$copy"
cat >>"$copy" <<'END'
<script>
addEventListener("load", () => {
  const plots = [...document.querySelectorAll("svg[role=img]")];
  const drawn = plots.filter(p => p.getBoundingClientRect().width > 200 && p.querySelectorAll("polygon, path").length > 2
    && p.querySelector("text") && p.getAttribute("aria-label") && p.querySelector("title") && p.querySelector("desc"));
  const root = document.documentElement;
  const tables = [...document.querySelectorAll("table")].filter(t => t.getAttribute("aria-label") && t.tHead.rows.length == 1
    && [...t.tBodies[0].rows].every(r => r.cells.length == t.tHead.rows[0].cells.length));
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  const links = [...document.querySelectorAll("a[href^='#']")].filter(a => document.querySelector(a.getAttribute("href")));
  document.title = "checked plots=" + drawn.length + " tables=" + tables.length + "/" + document.querySelectorAll("table").length
    + " width=" + root.clientWidth + " overflow=" + (root.scrollWidth - root.clientWidth)
    + " links=" + links.length + " twice=" + (ids.length - new Set(ids).size)
    + " strangers=" + (document.querySelectorAll("script").length - 1 + document.images.length);
});
</script>
</html>
END
for width in 360 768 1280; do
    browser --window-size="$width,1000" --virtual-time-budget=2000 --dump-dom >"$folder/dom.html" 2>"$folder/console.log" ||
        fail "browser-$width: it ended with status $?"
    found=$(sed -n 's/.*<title>\(checked [^<]*\).*/\1/p' "$folder/dom.html" | head -n 1)
    ! grep -q 'CONSOLE' "$folder/console.log" || fail "console-$width: $(grep CONSOLE "$folder/console.log" | head -n 2)"
    tables=$(grep -c '<table' "$page")
    wanted="checked plots=$plots tables=$tables/$tables width=$width overflow=0 links=10 twice=0 strangers=0"
    if [ "$found" = "$wanted" ]; then
        echo "PASS page-at-$width: $found"
    else
        fail "page-at-$width: \"$found\", expected \"$wanted\""
    fi
    browser --window-size="$width,2400" --screenshot="$folder/$width.png" >/dev/null 2>&1
done
[ "$failed" = 0 ] && echo DONE
