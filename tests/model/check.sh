#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Usage: check.sh WORK MODEL.pml... Checks models with Spin, each completely (every reachable state, no approximation), in
# the folder WORK. The first comment of a model says what there is to do, in lines of these forms:
#
#   // Property: NAME: TEXT                       an assertion or an ltl formula of that name (TEXT may go on in the next lines)
#   // Run: NAME: FLAGS[: FORMULA...]             a configuration; with formulas, these are checked and not the assertions
#   // Break: N: RUN: PROPERTY: TEXT              -DBREAK_N plants a mistake in RUN, which must violate PROPERTY
#
# Three checks: every run finds no error; every planted mistake is found, by the property that is there for it, so that none
# holds in vain, and every property is so found once; every statement of the model is reached in some run, but those on lines
# with a comment `// unreached: why` (and these are not), or `// rare: why`, which this short search may miss. PASS and FAIL lines are for the test runner. On failure the trail
# is printed as Spin tells it, and the command that prints it again.
set -u

work=$1
shift
mkdir -p "$work"
work=$(cd "$work" && pwd)
memory=2048 # MiB at most
seconds=600 # at most for a search
depth=4000000
rm -f "$work/failed"

pass() { echo "PASS $1"; }
fail() {
    echo "FAIL $1"
    : >"$work/failed"
}

# head_lines KEYWORD: what stands behind `// KEYWORD: ` in the first comment.
head_lines() { sed -n "/^\/\//!{/./q}; s|^// $1: ||p" "$model"; }

# build FOLDER OPTIMISATION FLAGS...: makes the verifier in FOLDER. Flags are for Spin's preprocessor (-D...) or, written
# -o..., for Spin itself.
build() {
    folder=$1 optimise=$2
    shift 2
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$model" "$folder/"
    (
        cd "$folder" || exit 1
        # $optimise holds words.
        # shellcheck disable=SC2086
        spin -a "$@" "$base.pml" >spin.log 2>&1 && gcc $optimise -DMEMLIM=$memory -DVECTORSZ=512 -w -o pan pan.c >gcc.log 2>&1
    ) && return
    cat "$folder"/*.log
    fail "$base: the model does not compile"
    return 1
}

# How pan begins its line about the violation of a property.
violation() {
    case " $formulas " in *" $1 "*) echo 'acceptance cycle\|claim violated' ;; *) echo "assertion violated $1 " ;; esac
}

# verify FOLDER OPTION...: runs the verifier; its output is FOLDER/pan.log.
verify() {
    folder=$1
    shift
    (cd "$folder" && timeout -s INT $seconds ./pan "-m$depth" "$@" >pan.log 2>&1)
}

# The verifier's own word that it has seen everything and found nothing.
is_complete() {
    grep -q 'errors: 0' "$1/pan.log" && ! grep -q 'Search not completed\|max search depth\|out of memory\|error:' "$1/pan.log"
}

show_trail() { # FOLDER FLAGS...
    folder=$1
    shift
    grep '^pan:' "$folder/pan.log"
    [ -e "$folder/$base.pml.trail" ] || return
    # What Spin does behind the violation tells nothing any more.
    (cd "$folder" && timeout 60 spin -t -p -g "$@" "$base.pml" </dev/null | sed "/assertion violated/q" | tail -n 60)
    echo "the whole of it: cd $folder && spin -t -p -g $* $base.pml"
}

# figures FOLDER: states and depth, as pan counted them.
figures() {
    awk '/depth reached/ { depth = $6 + 0 } /states, stored/ { states = $1 } END { printf "%d states, depth %d", states, depth }' "$1/pan.log"
}

flags_of() { head_lines Run | awk -F': *' -v run="$1" '$1 == run { print $2 }'; }

check_runs() {
    head_lines Run | while IFS= read -r line; do
        run=${line%%:*}
        flags=$(flags_of "$run")
        wanted=$(echo "$line" | awk -F': *' '{ print $3 }')
        safety=-DSAFETY fair=
        [ -z "$wanted" ] || safety=
        case $flags in *-DFAIR*) fair=-f ;; esac
        # $flags and $wanted hold words.
        # shellcheck disable=SC2086
        build "$work/$base-$run" "-O2 $safety" $flags || continue
        for formula in ${wanted:-assertions}; do
            title="$base $run"
            if [ "$formula" = assertions ]; then verify "$work/$base-$run"; else
                title="$title $formula"
                verify "$work/$base-$run" -a $fair -N "$formula"
            fi
            if is_complete "$work/$base-$run"; then
                pass "$title"
                echo "     $(figures "$work/$base-$run"), errors: 0 ($flags)"
            else
                # shellcheck disable=SC2086
                show_trail "$work/$base-$run" $flags
                fail "$title: a property does not hold, or the search is not complete"
            fi
        done
    done
}

# Whether the planted mistake was found by its property.
is_found() { grep -q "$(violation "$property")" "$folder/pan.log"; }

check_breaks() {
    head_lines Break | while IFS= read -r line; do
        number=${line%%:*}
        run=$(echo "$line" | awk -F': *' '{ print $2 }')
        property=$(echo "$line" | awk -F': *' '{ print $3 }')
        folder=$work/$base-break
        safety=-DSAFETY fair=
        case " $formulas " in *" $property "*) safety= ;; esac
        case $(flags_of "$run") in *-DFAIR*) fair=-f ;; esac
        # shellcheck disable=SC2046
        build "$folder" "-O0 $safety" $(flags_of "$run") "-DBREAK_$number" || continue
        if [ -n "$safety" ]; then verify "$folder"; else verify "$folder" -a $fair -N "$property"; fi
        # Another property may be the first to see it.
        is_found || { [ -n "$safety" ] && verify "$folder" -c100; }
        if is_found; then
            pass "$base break $number ($property)"
            echo "$property" >>"$work/$base.found"
        else
            grep '^pan:' "$folder/pan.log"
            fail "$base break $number: planted in run $run, but $property does not notice"
        fi
    done
    for property in $(head_lines Property | sed 's/:.*//'); do
        grep -qx "$property" "$work/$base.found" || fail "$base: no planted mistake shows that $property can be violated"
    done
}

# A step (d_step) is one state to the verifier; made of atomic statements (and with scratch that is state) it tells which of
# them it has reached. These searches are cut short (a small bit table, choices in an order that the seed fixes, more with
# each round until nothing is missing): they claim nothing but what they have reached.
check_unreached() {
    runs=$(head_lines Run | sed "s/:.*//")
    for run in $runs; do
        # shellcheck disable=SC2046
        build "$work/$base-reach-$run" "-O0 -DSAFETY -DBITSTATE -DT_RAND -DNOCLAIM" -o3 $(flags_of "$run") -Dd_step=atomic -Dhidden= || return
        (cd "$work/$base-reach-$run" && ./pan -d >states.log 2>&1)
    done
    : >"$work/$base.lines"
    for seed in 1 2 3; do
        for run in $runs; do
            search_reached "$work/$base-reach-$run" >>"$work/$base.lines"
        done
        unreached >"$work/$base.missing" && break
    done
    cat "$work/$base.missing"
    if [ -s "$work/$base.missing" ]; then
        fail "$base: statements are not reached"
    else
        pass "$base: every statement is reached"
    fi
}

# Which lines a search of the FOLDER reached or missed. A line is reached when one of its statements, wherever it is used, was.
search_reached() {
    (cd "$1" && timeout -s INT $seconds ./pan -m20000 "-w$((10 + 2 * seed))" "-RS$seed" >pan.log 2>&1)
    awk '
        FNR == 1 { file++ }
        /^unreached in proctype|^proctype/ { process = $NF }
        /^claim/ { process = "" }
        file == 1 && /, state [0-9]+, / { split($0, part, ", "); sub("state ", "", part[2]); missed[process, part[2]] = 1 }
        file == 2 && process != "" && / -\(tr / && match($0, /\.pml:[0-9]+/) {
            line = substr($0, RSTART + 5, RLENGTH - 5)
            known[line] = 1
            if (!((process, $2) in missed)) reached[line] = 1
        }
        END { for (line in known) print line, (line in reached) ? "reached" : "missed" }' "$1/pan.log" "$1/states.log"
}

# The complaints about the lines that no search has reached; false when there are some.
unreached() {
    awk -v model="$model" '
        NR == FNR { if ($2 == "reached") reached[$1] = 1; known[$1] = 1; next }
        /\/\/ unreached: / {
            if (FNR in reached) { print model ":" FNR ": error: this is reached; take back its comment"; bad = 1 }
            next
        }
        /\/\/ rare: / { next }
        (FNR in known) && !(FNR in reached) { print model ":" FNR ": error: no run reaches this: " $0; bad = 1 }
        END { exit bad }' "$work/$base.lines" "$model"
}

for model; do
    base=$(basename "$model" .pml)
    formulas=$(head_lines Run | awk -F': *' '{ print $3 }' | tr '\n' ' ')
    : >"$work/$base.found"
    echo "$base: properties $(head_lines Property | sed 's/:.*//' | tr '\n' ' ')"
    check_runs
    check_breaks
    check_unreached
done
[ ! -e "$work/failed" ]
