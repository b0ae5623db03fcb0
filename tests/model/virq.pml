// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's virtual interrupts of one vCPU: a level, two edges and a software-generated one over two list registers,
// against every order of devices, guest, VMM and switches of the VM. tests/model/check.sh reads the lines of this comment
// that begin with a keyword and a colon.
//
// Mirrors: kernel/arch/aarch64/vgic.c: lr_find retract withdraw vgic_raise vgic_take vgic_raise_sgi vgic_set_sgis
// Mirrors: kernel/arch/aarch64/vgic.c: vgic_bind vgic_unbind
// Mirrors: kernel/arch/aarch64/vgic_kept.c: kept_deliverable kept_end kept_forget listed_forget active_first
// Mirrors: kernel/arch/aarch64/vgic_kept.c: vgic_take_ends vgic_deactivate keep_again is_worse evict list
// Mirrors: kernel/arch/aarch64/vgic_kept.c: list_pending list_active update_maintenance vgic_flush vgic_maintenance
// Mirrors: kernel/arch/aarch64/vgic_state.c: update_bound vgic_update
//
// What is left out, and why that is sound. The VMM's own list registers: the kernel neither takes nor changes them. What
// software makes active (pinned): it gives its list register up after all others, and UIE asks for its way back. The timer is a level
// like any other but for its switch with the VM, which the unit tests have. The short ways of vgic_raise and
// vgic_raise_own_sgi do what the long one does when nothing is kept (unit tests, too). Priorities do not change: source 0
// is the most urgent, and none equals another. The guest ends what it acknowledged last, as its interrupt controller
// demands; in EOI mode 1 it deactivates in any order. A maintenance interrupt, and a physical one, come any time after
// their cause, not at once.
//
// Property: nothing_lost: what was taken from the physical GIC, or sent, and is not acknowledged, is pending: kept, listed,
//   or in the physical GIC again.
// Property: delivered_once: what the guest acknowledges was raised since it was acknowledged last (edges, SGI), and is not
//   active.
// Property: masked_not_delivered: the guest acknowledges nothing that is masked.
// Property: one_list_register: an interrupt is in one list register at most; hardware-backed, it is not pending and active.
// Property: pending_in_one_place: kept pending, it is not pending in a list register; and a physical interrupt is active
//   exactly while it is kept or in a hardware-backed list register.
// Property: active_not_forgotten: what the guest handles is active, and nothing else is: in a list register, or kept.
// Property: urgent_is_listed: while something waits, something more urgent is listed as pending (or what cannot be kept is
//   active), and nothing less urgent; or a maintenance interrupt is on its way.
// Property: every_pending_comes: when the guest has ended all and nothing is to come by itself, nothing enabled is pending.
// Property: level_comes_again: nor is a line high that is enabled.
// Property: maintenance_ends: a maintenance interrupt that was handled is no longer asserted.
//
// Run: mode0: -DSOURCES=4
// Run: mode1: -DSOURCES=4 -DMODE=1
// Run: masks: -DSOURCES=3 -DMASKS
// Run: masks1: -DSOURCES=3 -DMASKS -DMODE=1
// Run: unbind: -DSOURCES=4 -DUNBIND
// Run: unbind1: -DSOURCES=3 -DUNBIND -DMODE=1
// Run: clear: -DSOURCES=4 -DCLEAR
//
// Break: 1: mode0: level_comes_again: the end of what is in no list register is not asked for.
// Break: 2: mode0: active_not_forgotten: the least urgent of the evicted ones is taken to have ended.
// Break: 3: masks: nothing_lost: masking does not give an edge back to the physical GIC.
// Break: 4: mode0: pending_in_one_place: what is listed stays kept.
// Break: 5: mode1: active_not_forgotten: deactivations do not trap.
// Break: 6: unbind: active_not_forgotten: the end that is still to come of what was unbound is not awaited.
// Break: 7: mode0: urgent_is_listed: active interrupts are not evicted.
// Break: 8: mode0: active_not_forgotten: the ends are not taken when the VM is switched away.
// Break: 9: mode0: one_list_register: an SGI that is listed gets another list register.
// Break: 10: mode0: delivered_once: an SGI that is evicted while it is active is kept as pending.
// Break: 11: mode0: every_pending_comes: nothing asks for room for what waits.
// Break: 12: unbind: maintenance_ends: an end that was reported stays in its list register.
// Break: 13: clear: active_not_forgotten: what the VMM deactivates leaves no end to be awaited.
// Break: 14: masks: masked_not_delivered: an SGI that is active stays pending beside that when it is masked.

#ifndef MODE
#define MODE 0
#endif
#ifndef SOURCES
#define SOURCES 4
#endif
#define LRS     2
#define NONE    7
#define SGI     (SOURCES - 1) // source 0 is the level, the others are edges
#define LEVEL   0
#define PENDING 1
#define ACTIVE  2
#define BITS    ((1 << SOURCES) - 1)
#define ONE(s)  (1 << (s))

// The devices and the physical GIC. A bit for each source.
bool line;               // the level's
byte latch, physical;    // pending edges; active
byte unmasked = BITS;
// The hardware's virtual interface.
byte lr_source[LRS] = NONE, lr_state[LRS];
bool lr_hw[LRS], lr_eoi[LRS];
byte ends;              // EOIcount
bool is_on = true;      // the vCPU is loaded and its guest runs
// struct vgic.
byte kept_pending, kept_active, evicted, orphans, allowed = BITS, bound = BITS;
bool software[LRS];
bool want_ends, want_dir, want_none_pending; // hcr
// The guest: what it handles, the most urgent last; and in EOI mode 1 what is dropped and not yet deactivated.
byte stack[SOURCES] = NONE, depth, dropped;
// What must be: taken from the physical GIC, or sent, and not acknowledged; acknowledged and not ended.
byte owed, handled;

hidden byte nothing_lost, delivered_once, one_list_register, pending_in_one_place, active_not_forgotten, urgent_is_listed;
hidden byte masked_not_delivered, every_pending_comes, level_comes_again, maintenance_ends;

// Scratch of one step.
hidden byte i, found, first, victim, best, rest, listed_pending, listed_active, listed_hardware, valid, was;
hidden byte ok;

#define IS_HARDWARE(s) ((s) != SGI)
#define RUNNING        (depth == 0 -> SOURCES : stack[depth - 1])

inline lr_clear(n) {
    lr_source[n] = NONE;
    lr_state[n] = 0;
    lr_hw[n] = false;
    lr_eoi[n] = false
}

inline lr_find(s) {
    found = NONE;
    if
    :: lr_state[0] && lr_source[0] == s -> found = 0
    :: else ->
        if
        :: lr_state[1] && lr_source[1] == s -> found = 1
        :: else -> skip
        fi
    fi
}

#define LR_IS_FREE(n) (!lr_state[n] && (lr_hw[n] || !lr_eoi[n]))

// From the top down.
inline lr_find_free() {
    first = (LR_IS_FREE(1) -> 1 : (LR_IS_FREE(0) -> 0 : NONE))
}

// --- the kernel

inline keep_again(n) {
    if
    :: software[n] -> software[n] = false
    :: else ->
        if
        :: lr_state[n] & PENDING -> kept_pending = kept_pending | ONE(lr_source[n])
        :: else -> skip
        fi;
        if
        :: lr_state[n] & ACTIVE ->
            kept_active = kept_active | ONE(lr_source[n]);
#ifdef BREAK_10
            kept_pending = kept_pending | (ONE(lr_source[n]) & ONE(SGI));
#endif
            evicted = evicted | ONE(lr_source[n])
        :: else -> skip
        fi
    fi;
    lr_clear(n)
}

inline retract(s) {
    lr_find(s);
    if
    :: found != NONE && lr_state[found] == PENDING -> keep_again(found)
#ifndef BREAK_14
    :: found != NONE && lr_state[found] == (PENDING | ACTIVE) ->
        lr_state[found] = ACTIVE;
        kept_pending = kept_pending | ONE(s)
#endif
    :: else -> skip
    fi
}

inline withdraw(s) {
    retract(s);
    if
    :: kept_pending & ONE(s) ->
        kept_pending = kept_pending & ~ONE(s);
        physical = physical & ~ONE(s)
#ifndef BREAK_3
        ;
        if
        :: s != LEVEL -> latch = latch | ONE(s); owed = owed & ~ONE(s)
        :: else -> skip
        fi
#endif
    :: else -> skip
    fi
}

inline orphan_add(s) {
#if !defined(BREAK_6) && !defined(BREAK_13)
    if
    :: MODE == 0 -> orphans = orphans | ONE(s)
    :: else -> skip
    fi
#else
    skip
#endif
}

inline kept_forget(s) {
    if
    :: evicted & ONE(s) -> orphan_add(s)
    :: else -> skip
    fi;
    evicted = evicted & ~ONE(s);
    kept_active = kept_active & ~ONE(s)
}

inline kept_end(s) {
    evicted = evicted & ~ONE(s);
    kept_active = kept_active & ~ONE(s);
    physical = physical & ~ONE(s)
}

// The most urgent bit of a set that is not empty.
#define LOWEST(set) ((set) & 1 -> 0 : ((set) & 2 -> 1 : ((set) & 4 -> 2 : 3)))
#define HIGHEST(set) ((set) & 8 -> 3 : ((set) & 4 -> 2 : ((set) & 2 -> 1 : 0)))
#ifdef BREAK_2
#define ENDS_FIRST(set) HIGHEST(set)
#else
#define ENDS_FIRST(set) LOWEST(set)
#endif

inline vgic_take_ends() {
    if
    :: (evicted | orphans) && is_on && ends ->
        if
        :: MODE == 1 -> orphans = 0
        :: else ->
            do
            :: ends && orphans && (!evicted || LOWEST(orphans) < LOWEST(evicted)) ->
                orphans = orphans & ~ONE(LOWEST(orphans));
                ends--
            :: ends && evicted && (!orphans || LOWEST(evicted) <= LOWEST(orphans)) ->
                best = ENDS_FIRST(evicted);
                kept_end(best);
                ends--
            :: else -> break
            od
        fi;
        ends = 0
    :: (evicted | orphans) && is_on && !ends && depth == 0 -> orphans = 0
    :: else -> skip
    fi
}

// What list register `n` gives up for a pending `s`, compared with the victim so far.
inline consider(n, s) {
    if
#ifdef BREAK_7
    :: lr_state[n] == PENDING && !software[n] && lr_source[n] > s &&
#else
    :: lr_state[n] && !software[n] && (lr_state[n] & ACTIVE || lr_source[n] > s) &&
#endif
        (victim == NONE || ((lr_state[n] & ACTIVE) == (lr_state[victim] & ACTIVE) && lr_source[n] >= lr_source[victim]) ||
         (lr_state[n] & ACTIVE && !(lr_state[victim] & ACTIVE))) -> victim = n
    :: else -> skip
    fi
}

inline evict(s) {
    victim = NONE;
    consider(0, s);
    consider(1, s);
    if
    :: victim != NONE -> keep_again(victim); first = victim
    :: else -> first = NONE
    fi
}

inline list(n, s, state) {
    lr_source[n] = s;
    lr_state[n] = state;
    lr_hw[n] = IS_HARDWARE(s);
    lr_eoi[n] = false;
    software[n] = false
}

// ok: there was room.
inline list_pending(s) {
    lr_find(s);
    ok = true;
    if
    :: found != NONE && IS_HARDWARE(s) && lr_state[found] & ACTIVE ->
        lr_eoi[found] = lr_eoi[found] || !lr_hw[found]
#ifndef BREAK_9
    :: found != NONE && !IS_HARDWARE(s) ->
        lr_state[found] = lr_state[found] | PENDING;
        kept_pending = kept_pending & ~ONE(s)
#endif
    :: else ->
        lr_find_free();
        if
        :: first == NONE -> evict(s)
        :: else -> skip
        fi;
        if
        :: first != NONE ->
            list(first, s, PENDING);
#ifndef BREAK_4
            kept_pending = kept_pending & ~ONE(s)
#endif
        :: else -> ok = false
        fi
    fi
}

inline list_active() {
    lr_find_free();
    do
    :: kept_active && first != NONE ->
        best = LOWEST(kept_active);
        if
        :: best == SGI && kept_pending & allowed & ONE(SGI) ->
            list(first, best, PENDING | ACTIVE);
            kept_pending = kept_pending & ~ONE(SGI)
        :: else -> list(first, best, ACTIVE)
        fi;
        kept_active = kept_active & ~ONE(best);
        evicted = evicted & ~ONE(best);
        lr_find_free()
    :: else -> break
    od
}

#define kept_deliverable (kept_pending & allowed & ~kept_active)

inline ask_for_end(n) {
    if
    :: lr_state[n] && !lr_hw[n] -> lr_eoi[n] = true
    :: else -> skip
    fi
}

inline update_maintenance() {
    was = (want_ends << 2) | (want_dir << 1) | want_none_pending;
    want_ends = (evicted | orphans) != 0;
    want_dir = kept_active != 0;
    want_none_pending = false;
    lr_find_free();
    if
#ifdef BREAK_11
    :: false -> skip
#else
    :: kept_deliverable && first == NONE ->
        ask_for_end(0);
        ask_for_end(1);
        want_none_pending = lr_state[0] == PENDING || lr_state[1] == PENDING
#endif
    :: else -> skip
    fi;
#ifdef BREAK_1
    want_ends = false;
#endif
#ifdef BREAK_5
    want_dir = false;
#endif
    if
    :: was != ((want_ends << 2) | (want_dir << 1) | want_none_pending) && is_on -> ends = 0
    :: else -> skip
    fi
}

inline vgic_flush() {
    vgic_take_ends();
    rest = kept_deliverable;
    do
    :: rest ->
        i = LOWEST(rest);
        list_pending(i);
        rest = (ok -> rest & ~ONE(i) : 0)
    :: else -> break
    od;
    list_active();
    update_maintenance()
}

inline vgic_raise_sgi() {
    lr_find(SGI);
    if
    :: found != NONE && lr_state[found] & PENDING -> skip
    :: else ->
        kept_pending = kept_pending | ONE(SGI);
        if
        :: allowed & ONE(SGI) -> vgic_flush()
        :: else -> skip
        fi
    fi
}

inline take_ended(n) {
    if
    :: !lr_state[n] && !lr_hw[n] && lr_eoi[n] ->
#ifndef BREAK_12
        lr_clear(n);
#endif
        software[n] = false
    :: else -> skip
    fi
}

inline vgic_maintenance() {
    take_ended(0);
    take_ended(1);
    vgic_flush()
}

inline vgic_deactivate(s) {
    lr_find(s);
    if
    :: found != NONE && lr_state[found] & ACTIVE ->
        lr_state[found] = lr_state[found] & ~ACTIVE;
        physical = (lr_hw[found] -> physical & ~ONE(s) : physical)
    :: else ->
        if
        :: kept_active & ONE(s) -> kept_end(s)
        :: else -> skip
        fi
    fi;
    vgic_flush()
}

inline mask(s) {
    vgic_take_ends();
    allowed = allowed & ~ONE(s);
    if
    :: IS_HARDWARE(s) -> unmasked = unmasked & ~ONE(s); withdraw(s)
    :: else -> retract(s)
    fi;
    vgic_flush()
}

inline unmask(s) {
    allowed = allowed | ONE(s);
    unmasked = unmasked | ONE(s);
    vgic_flush()
}

// What is pending is forgotten.
inline vgic_unbind(s) {
    retract(s);
    kept_pending = kept_pending & ~ONE(s);
    unmasked = unmasked & ~ONE(s);
    lr_find(s);
    if
    :: found != NONE && lr_hw[found] -> lr_hw[found] = false; lr_eoi[found] = true; software[found] = true
    :: else -> skip
    fi;
    physical = physical & ~ONE(s);
    handled = (kept_active & ONE(s) -> handled & ~ONE(s) : handled);
    kept_forget(s);
    bound = bound & ~ONE(s);
    allowed = allowed & ~ONE(s);
    owed = owed & ~ONE(s);
    vgic_flush()
}

inline vgic_bind(s) {
    bound = bound | ONE(s);
    lr_find(s);
    if
    :: found != NONE -> software[found] = true
    :: else -> skip
    fi;
    unmask(s)
}

// The VMM's distributor ends its active state.
inline clear_active(s) {
    vgic_take_ends();
    lr_find(s);
    if
    :: found != NONE && lr_state[found] & ACTIVE ->
        orphan_add(s);
        lr_clear(found);
        software[found] = false
    :: else -> skip
    fi;
    kept_forget(s);
    physical = physical & ~ONE(s);
    handled = handled & ~ONE(s);
    vgic_flush()
}

// --- what the hardware asserts

#define ENDED(n) (!lr_state[n] && !lr_hw[n] && lr_eoi[n])
#define maintenance                                                                                                           \
    (is_on && (ENDED(0) || ENDED(1) || (want_ends && ends) ||                                                                 \
               (want_none_pending && lr_state[0] != PENDING && lr_state[1] != PENDING)))
#define fires(s) (unmasked & ONE(s) && !(physical & ONE(s)) && ((s) == LEVEL -> line : (latch >> (s)) & 1))

// --- the guest

inline acknowledge(n) {
    i = lr_source[n];
    delivered_once = (i == LEVEL || owed & ONE(i)) && !(handled & ONE(i));
    assert(delivered_once);
    masked_not_delivered = (allowed & ONE(i)) != 0;
    assert(masked_not_delivered);
    owed = owed & ~ONE(i);
    handled = handled | ONE(i);
    lr_state[n] = ACTIVE;
    stack[depth] = i;
    depth++
}

inline count_end() {
    ends = (ends < SOURCES -> ends + 1 : ends)
}

// The list register of `s` ends its active state, or it is counted.
inline deactivate_listed(s) {
    lr_find(s);
    if
    :: found != NONE && lr_state[found] & ACTIVE ->
        lr_state[found] = lr_state[found] & ~ACTIVE;
        physical = (lr_hw[found] -> physical & ~ONE(s) : physical);
        if
        :: lr_hw[found] -> lr_clear(found)
        :: !lr_hw[found] && !lr_state[found] && !lr_eoi[found] -> lr_clear(found)
        :: else -> skip
        fi
    :: else -> count_end()
    fi
}

inline end_last() {
    depth--;
    i = stack[depth];
    stack[depth] = NONE;
    if
    :: MODE == 1 -> dropped = dropped | ONE(i)
    :: else -> deactivate_listed(i); handled = handled & ~ONE(i)
    fi
}

inline deactivate(s) {
    dropped = dropped & ~ONE(s);
    if
    :: want_dir -> vgic_deactivate(s)
    :: else -> deactivate_listed(s)
    fi;
    handled = handled & ~ONE(s)
}

// --- the properties

inline tally(n) {
    if
    :: lr_state[n] ->
        listed_pending = (lr_state[n] & PENDING -> listed_pending | ONE(lr_source[n]) : listed_pending);
        listed_active = (lr_state[n] & ACTIVE -> listed_active | ONE(lr_source[n]) : listed_active);
        listed_hardware = (lr_hw[n] -> listed_hardware | ONE(lr_source[n]) : listed_hardware)
    :: else -> skip
    fi
}

#define IN_FLIGHT     (listed_hardware | ((kept_pending | kept_active) & ~ONE(SGI)))
// What its own number, listed as active, does not hold back.
#define WAITS         (kept_deliverable & ~listed_active)
#define BLOCKS(n)     (software[n] || (lr_state[n] == PENDING && lr_source[n] < LOWEST(WAITS)))
#define YIELDS(n)     (!software[n] && lr_state[n] == PENDING && lr_source[n] > LOWEST(WAITS))
#define SETTLED       (ends == 0 || MODE == 1)
#define NOTHING_COMES (is_on && depth == 0 && !dropped && !maintenance && !listed_pending && !fires(0) && !fires(1) &&        \
                       (SOURCES == 3 || !fires(2)))

inline check() {
    listed_pending = 0;
    listed_active = 0;
    listed_hardware = 0;
    tally(0);
    tally(1);
    one_list_register = !(lr_state[0] && lr_state[1] && lr_source[0] == lr_source[1]) &&
                        !(lr_hw[0] && lr_state[0] == 3) && !(lr_hw[1] && lr_state[1] == 3);
    assert(one_list_register);
    pending_in_one_place = !(kept_pending & listed_pending) && (!SETTLED || physical == IN_FLIGHT);
    assert(pending_in_one_place);
    nothing_lost = !(owed & ~ONE(LEVEL) & ~(kept_pending | listed_pending));
    assert(nothing_lost);
    active_not_forgotten = !SETTLED || handled == (listed_active | kept_active);
    assert(active_not_forgotten);
    urgent_is_listed = !is_on || !WAITS || maintenance || (BLOCKS(0) || BLOCKS(1)) && !YIELDS(0) && !YIELDS(1);
    assert(urgent_is_listed);
    every_pending_comes = !NOTHING_COMES || !(owed & allowed & ~ONE(LEVEL));
    assert(every_pending_comes);
    level_comes_again = !NOTHING_COMES || !line || !(allowed & ONE(LEVEL));
    assert(level_comes_again)
}

#define step(event)    d_step { event; check() }
// A device raises an edge; the kernel takes a physical interrupt.
#define edge(s)        (latch & ONE(s)) == 0 -> d_step { latch = latch | ONE(s); check() }
#define take(s)        fires(s) -> d_step { physical = physical | ONE(s); latch = latch & ~ONE(s); owed = owed | ONE(s);                  \
                                  kept_pending = kept_pending | ONE(s); vgic_flush(); check() }
#define may_take(n, o)                                                                                                        \
    is_on && lr_state[n] == PENDING && lr_source[n] < RUNNING && !(lr_state[o] == PENDING && lr_source[o] < lr_source[n])

active proctype machine() {
    do
    // The devices.
    :: step(line = !line)
    :: edge(1)
#if SOURCES > 3
    :: edge(2)
#endif
    // An SGI, from this vCPU or another.
    :: true -> d_step { owed = owed | ONE(SGI); vgic_raise_sgi(); check() }
    // The kernel takes an interrupt, whichever vCPU runs.
    :: take(0)
    :: take(1)
#if SOURCES > 3
    :: take(2)
#endif
    :: maintenance ->
        d_step {
            vgic_maintenance();
            maintenance_ends = !maintenance;
            assert(maintenance_ends);
            check()
        }
    // The guest.
    :: may_take(0, 1) -> step(acknowledge(0))
    :: may_take(1, 0) -> step(acknowledge(1))
    :: is_on && depth -> step(end_last())
#if MODE == 1
    :: is_on && dropped & 1 -> step(deactivate(0))
    :: is_on && dropped & 2 -> step(deactivate(1))
    :: is_on && dropped & 4 -> step(deactivate(2))
#if SOURCES > 3
    :: is_on && dropped & 8 -> step(deactivate(3))
#endif
#endif
    // The VM is switched, and back.
    :: is_on ->
        d_step {
#ifndef BREAK_8
            vgic_take_ends();
#endif
            ends = 0;
            is_on = false;
            check()
        }
    :: !is_on ->
        d_step {
            is_on = true;
            vgic_flush();
            check()
        }
    // The VMM.
#ifdef MASKS
    :: allowed & 1 -> step(mask(0))
    :: allowed & 2 -> step(mask(1))
    :: allowed & 4 -> step(mask(2))
    :: !(allowed & 1) -> step(unmask(0))
    :: !(allowed & 2) -> step(unmask(1))
    :: !(allowed & 4) -> step(unmask(2))
#endif
#ifdef UNBIND
    :: bound & 1 -> step(vgic_unbind(0))
    :: bound & 2 -> step(vgic_unbind(1))
    :: !(bound & 1) -> step(vgic_bind(0))
    :: !(bound & 2) -> step(vgic_bind(1))
#endif
#ifdef CLEAR
    :: handled & 1 -> step(clear_active(0))
    :: handled & 2 -> step(clear_active(1))
#endif
    od
}
