// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Revocation and deletion, which stop at preemption points and begin again, against threads that meanwhile copy, mint, move
// and delete the same capabilities and the CNodes that hold them, retype the memory, and use what they find.
// tests/model/check.sh reads the lines of this comment that begin with a keyword and a colon.
//
// Mirrors: kernel/core/delete.c: cap_holds_slots zombie_create cap_finalise slot_finalise zombie_enter zombie_destroy
// Mirrors: kernel/core/delete.c: slot_delete slot_revoke STEPS_PER_CHECK
// Mirrors: kernel/core/cdt.c: slot_join untyped_contains cap_same_region cap_same_object cdt_is_parent cap_is_original
// Mirrors: kernel/core/cdt.c: cdt_insert slot_copy cdt_move cdt_swap cdt_remove cdt_badges_match cdt_has_children
// Mirrors: kernel/core/cdt.c: cdt_is_final
// Mirrors: kernel/core/cap.c: cap_derive cap_update_data cap_extent
// Mirrors: kernel/core/lookup.c: lookup_bits
// Mirrors: kernel/object/cnode.c: decode_CNode_Revoke decode_CNode_Delete decode_pair copy decode_CNode_Move
// Mirrors: kernel/object/cnode.c: decode_CNode_Rotate
// Mirrors: kernel/object/untyped.c: decode_Untyped_Retype
// Mirrors: kernel/object/endpoint.c: endpoint_finalise
// Mirrors: kernel/core/entry.c: invoke
//
// What is left out, and why that is sound. The kernel runs with interrupts masked on one core, so each of its steps, from
// entry or preemption point to exit or preemption point, is one step here. There is one untyped with room for an endpoint
// and CNodes of two slots, the smallest that there are (they stand for a TCB too: both are what cap_holds_slots says); the
// slots of a root CNode that is never deleted; two threads that delete, of which one also revokes, and others without end.
// A CNode can lie in itself, and all of them in circles and chains of each shape. Longer chains are more of the same steps:
// each step sees two zombies and no more. A slot can be named by everybody as long as somebody holds a capability of its
// CNode: that is more than any set of CSpaces gives. Rights matter only in that a capability has some or none; guards and
// other object types change no link of the list: what the last capability of a notification, a reply or the like does to
// threads is the subject of ipc.pml. A preemption point finds an interrupt or does not, as it likes. STEPS_PER_CHECK and
// FINALISE_THREADS are scaled down to 1: a step that looks at no interrupt line is one whose look finds nothing.
//
// Property: capability_has_object: no capability is left of an object that is destroyed, nor one in a slot of such an object.
// Property: list_is_linked: a slot is in the derivation list exactly if it is not empty, next and previous agree, and the
//   list has no cycle.
// Property: tree_is_in_order: what descends from a slot follows it in one run, but for later families of the same badge.
// Property: families_stay_apart: among equally badged capabilities those of one mint are not children of another.
// Property: copies_are_neighbours: the two neighbours tell whether a capability is the last of its object.
// Property: object_dies_once: an object is destroyed by its last capability, once, and when it has been alive.
// Property: dying_object_unused: a CNode that is being emptied cannot be named, and its slots from the count on are empty.
// Property: dying_object_has_zombie: one zombie, and one only, leads to each object that is being emptied.
// Property: deleted_slot_has_zombie: at each step of a deletion the deleted slot holds the zombie that is emptied now.
// Property: deletion_is_whole: a call that ends leaves no more zombies behind than it found.
// Property: deletion_is_bounded: a deletion that no interrupt stops ends after steps in proportion to the slots.
// Property: no_waiter_is_lost: no thread waits on an endpoint that is destroyed.
// Property: endpoint_is_left: while the last capability of an endpoint is deleted, no thread begins to wait on it.
// Property: memory_is_free: an object is made only where none is alive or dying.
// Property: revoke_is_complete: when a revocation reports success, nothing that was derived from the capability is left.
// Property: revoke_ends: once the others let it run, a revocation or deletion ends, though every preemption point stops it
//   and whatever deletions of others were left half done.
//
// Run: badges: -DTHREADS=1 -DCNODES=1 -DMINT
// Run: waiters: -DTHREADS=2 -DCNODES=1 -DWAITERS
// Run: nested: -DTHREADS=1 -DCNODES=2 -DFIRST=A
// Run: two: -DTHREADS=2 -DCNODES=2 -DONLY_MOVES
// Run: deep: -DTHREADS=1 -DCNODES=3 -DFIRST=A -DONLY_MOVES
// Run: progress: -DTHREADS=2 -DCNODES=2 -DFIRST=A -DONLY_MOVES -DPROGRESS: revoke_ends
//
// Break: 1: nested: object_dies_once: whether a capability is the last is told by the next neighbour alone.
// Break: 2: progress: revoke_ends: that a child has nothing left but its parent's zombie is not noticed.
// Break: 3: nested: list_is_linked: a moved capability is not made known to the next one.
// Break: 4: nested: dying_object_unused: a zombie still lets its slots be named.
// Break: 5: nested: tree_is_in_order: a copy of an original is put at the end of the list.
// Break: 6: nested: deletion_is_bounded: the count is not lowered when a slot is empty already.
// Break: 7: nested: revoke_is_complete: a preempted revocation reports success.
// Break: 8: nested: memory_is_free: a revocation of an untyped does not see zombies.
// Break: 9: nested: capability_has_object: a CNode is gone as soon as its last capability is, without being emptied.
// Break: 10: nested: copies_are_neighbours: a copy of a copy is put at the end of the list.
// Break: 11: badges: families_stay_apart: the first of a badge hands that mark to nobody when it goes.
// Break: 12: nested: capability_has_object: the zombie stays where it is in the object that it empties (invariant 3).
// Break: 13: nested: deletion_is_whole: what waits goes to the first slot though the deleted slot is that one.
// Break: 14: nested: dying_object_has_zombie: the child's zombie is removed with its parent's and not moved.
// Break: 15: nested: dying_object_unused: a child half emptied does not count the slot in which its parent waits.
// Break: 16: waiters: endpoint_is_left: the last capability of an endpoint keeps its rights while threads are woken.
// Break: 17: waiters: no_waiter_is_lost: the last capability of an endpoint goes after the first threads are woken.
// Break: 18: nested: deleted_slot_has_zombie: the two swaps are made in the wrong order.

#ifdef PROGRESS
#define ALWAYS true // there is always an interrupt: the worst for progress
#else
#define ALWAYS false
#endif
#define ROOT_SLOTS 3

// Slots: the root CNode's from 1 on, then two of each of the CNodes A, B and C. 0: none.
#define SLOTS (ROOT_SLOTS + 2 * CNODES)
#define HELD  (SLOTS + 1) // of cdt_swap

// Objects in the untyped U, in the order in which they are made, from FIRST on.
#define E 0
#define A 1
#define B 2
#define C 3
#define U 4
#ifndef FIRST
#define FIRST E
#endif
#define LAST CNODES

// Much more than a deletion of all slots takes.
#define STEPS_AT_MOST 100

mtype = { EMPTY, UNTYPED, ENDPOINT, CNODE, ZOMBIE }; // capabilities
mtype = { NOTHING, ALIVE, DYING };                   // objects
mtype = { REVOKE, DELETE };                          // calls

typedef Slot {
    mtype type = EMPTY;
    byte object; // zombie: too
    byte data;   // untyped: objects made (free offset); endpoint: badge; zombie: count
    byte prev, next;
    byte family; // no part of the kernel: from which mint a badged capability comes
    bit revocable, first_badged, no_rights;
};
Slot slot[SLOTS + 2];
mtype object[5] = NOTHING;
byte waiters; // on E
bit leaving;  // no part of the kernel: the last capability of E is being deleted

// A call that was preempted, or has just begun, of each of the two threads: 0 when it is not in one.
mtype call[2] = 0;
byte target[2];
bool others_stopped;

hidden byte capability_has_object, list_is_linked, tree_is_in_order, copies_are_neighbours, object_dies_once;
hidden byte families_stay_apart, dying_object_unused, memory_is_free, revoke_is_complete, dying_object_has_zombie;
hidden byte deleted_slot_has_zombie, deletion_is_whole, deletion_is_bounded, no_waiter_is_lost, endpoint_is_left;

// What a step is about, chosen before it; 0 between steps.
byte from, to, mint, irq_at;

// Scratch of one step, no state.
hidden byte i, j, k, n, inner, top, count, steps, waits_at, slot_o, top_o, last, swap_a, swap_b, where_to;
hidden byte zombies_before, zombies_after, was, gone, preempted, run_ended, checks, made_badge, fresh, families;

#define first_of(o) (ROOT_SLOTS + 2 * (o) - 1)
#define owner(s)    (((s) - ROOT_SLOTS + 1) / 2)

#ifdef BREAK_4
#define opens(s, o) ((slot[s].type == CNODE || slot[s].type == ZOMBIE) && slot[s].object == (o))
#else
#define opens(s, o) (slot[s].type == CNODE && slot[s].object == (o))
#endif
#define can_reach_1(o) (opens(1, o) || opens(2, o) || opens(3, o) || opens(4, o) || opens(5, o))
#if CNODES == 1
#define can_reach(o) can_reach_1(o)
#elif CNODES == 2
#define can_reach(o) (can_reach_1(o) || opens(6, o) || opens(7, o))
#else
#define can_reach(o) (can_reach_1(o) || opens(6, o) || opens(7, o) || opens(8, o) || opens(9, o))
#endif
// lookup_target: the slot lies in the root CNode, or in one that somebody has a capability of.
#define can_name(s) ((s) <= ROOT_SLOTS || can_reach(owner(s)))

// --- core/cdt.c

// cap_same_region
#ifdef BREAK_8
#define untyped_contains(s) (slot[s].type == UNTYPED || slot[s].type == ENDPOINT || slot[s].type == CNODE)
#else
#define untyped_contains(s) (slot[s].type != EMPTY)
#endif
#define cap_same_object(a, b) \
    ((slot[a].type == ENDPOINT || slot[a].type == CNODE) && slot[b].type == slot[a].type && slot[b].object == slot[a].object)
#define cap_same_region(a, b) ((slot[a].type == UNTYPED && untyped_contains(b)) || cap_same_object(a, b))

#define cdt_is_parent(a, b) \
    (slot[a].revocable && cap_same_region(a, b) && \
     (slot[a].type != ENDPOINT || slot[a].data == 0 || (slot[a].data == slot[b].data && !slot[b].first_badged)))
#define cdt_has_children(a) (slot[a].next && cdt_is_parent(a, slot[a].next))
#define cdt_badges_match(a, b) (slot[a].type == ENDPOINT && cap_same_object(a, b) && slot[a].data == slot[b].data)
#ifdef BREAK_1
#define cdt_is_final(s) (!(slot[s].next && cap_same_object(s, slot[s].next)))
#else
#define cdt_is_final(s) \
    (!(slot[s].prev && cap_same_object(slot[s].prev, s)) && !(slot[s].next && cap_same_object(s, slot[s].next)))
#endif

inline slot_join(a, b) {
    if
    :: a -> slot[a].next = b
    :: else
    fi;
    if
    :: b -> slot[b].prev = a
    :: else
    fi
}

inline slot_clear(s) {
    slot[s].type = EMPTY;
    slot[s].object = 0;
    slot[s].data = 0;
    slot[s].family = 0;
    slot[s].prev = 0;
    slot[s].next = 0;
    slot[s].revocable = 0;
    slot[s].first_badged = 0;
    slot[s].no_rights = 0
}

// The capability is in slot[dest] already; `original`: cap_is_original.
inline cdt_insert(dest, source, original) {
    slot[dest].revocable = original;
    slot[dest].first_badged = original;
    where_to = source;
#ifdef BREAK_5
    do
    :: slot[source].revocable && slot[source].type != UNTYPED && slot[where_to].next -> where_to = slot[where_to].next
    :: else -> break
    od;
#endif
#ifdef BREAK_10
    do
    :: !slot[source].revocable && slot[where_to].next -> where_to = slot[where_to].next
    :: else -> break
    od;
#endif
    last = slot[where_to].next;
    slot_join(dest, last);
    slot_join(where_to, dest)
}

inline cdt_move(dest, source) {
    slot[dest].type = slot[source].type;
    slot[dest].object = slot[source].object;
    slot[dest].data = slot[source].data;
    slot[dest].family = slot[source].family;
    slot[dest].prev = slot[source].prev;
    slot[dest].next = slot[source].next;
    slot[dest].revocable = slot[source].revocable;
    slot[dest].first_badged = slot[source].first_badged;
    slot[dest].no_rights = slot[source].no_rights;
    if
    :: slot[dest].prev -> slot[slot[dest].prev].next = dest
    :: else
    fi;
#ifndef BREAK_3
    if
    :: slot[dest].next -> slot[slot[dest].next].prev = dest
    :: else
    fi;
#endif
    slot_clear(source)
}

// Through a slot that holds nothing otherwise.
inline cdt_swap(a, b) {
    swap_a = a;
    swap_b = b;
    cdt_move(HELD, swap_a);
    cdt_move(swap_a, swap_b);
    cdt_move(swap_b, HELD)
}

inline cdt_remove(s) {
#ifndef BREAK_11
    if
    :: slot[s].next && cdt_badges_match(s, slot[s].next) ->
        slot[slot[s].next].first_badged = slot[slot[s].next].first_badged || slot[s].first_badged
    :: else
    fi;
#endif
    slot_join(slot[s].prev, slot[s].next);
    slot_clear(s)
}

// --- core/delete.c

// The memory of an object goes back to its untyped.
inline object_destroyed(o, state) {
    object_dies_once = object[o] == state;
    assert(object_dies_once);
    object[o] = NOTHING
}

inline zombie_create(s) {
    slot_o = slot[s].object;
    object_dies_once = object[slot_o] == ALIVE;
    assert(object_dies_once);
    object[slot_o] = DYING;
    slot[s].type = ZOMBIE;
    slot[s].data = 2;
#ifdef BREAK_9
    slot[s].data = 0;
#endif
    skip
}

// `gone`: whether the capability is gone.
inline slot_finalise(s) {
    was = cdt_is_final(s) && slot[s].type == ENDPOINT;
    gone = true;
    if // cap_finalise
    :: was ->
#ifndef BREAK_16
        slot[s].no_rights = 1;
#endif
        if
        :: waiters -> waiters-- // endpoint_finalise
        :: else
        fi;
#ifndef BREAK_17
        gone = waiters == 0;
#endif
        leaving = 1
    :: else
    fi;
    if
    :: gone ->
        cdt_remove(s);
        if
        :: was ->
            no_waiter_is_lost = waiters == 0;
            assert(no_waiter_is_lost);
            object_destroyed(E, ALIVE);
            leaving = 0
        :: else
        fi
    :: else
    fi
}

inline zombie_enter() {
    if
#ifndef BREAK_2
    :: count == 1 -> // alone
        cdt_remove(top);
        object_destroyed(top_o, DYING);
#ifdef BREAK_14
        cdt_remove(inner);
        break
#else
        cdt_move(top, inner)
#endif
#endif
    :: else ->
        k = first_of(slot[inner].object);
#ifdef BREAK_13
        n = 1;
#else
        n = (k == top -> 2 : 1);
#endif
#ifndef BREAK_15
        if
        :: slot[inner].data < n -> slot[inner].data = n
        :: else
        fi;
#endif
        waits_at = k + n - 1;
#ifdef BREAK_18
        cdt_swap(waits_at, top);
        cdt_swap(inner, waits_at)
#else
        cdt_swap(inner, waits_at);
        cdt_swap(waits_at, top)
#endif
    fi
}

inline zombie_destroy(s) {
    top = s;
    steps = 0;
    do
    :: steps++;
        deletion_is_bounded = steps < STEPS_AT_MOST;
        assert(deletion_is_bounded);
        deleted_slot_has_zombie = slot[top].type == ZOMBIE;
        assert(deleted_slot_has_zombie);
        count = slot[top].data;
        top_o = slot[top].object;
        k = first_of(top_o);
#ifndef BREAK_12
        if
        :: top > k && top < k + count ->
            cdt_swap(top, k);
            top = k
        :: else
        fi;
#endif
        inner = k + count - 1;
        if
        :: count == 0 || top == inner ->
            cdt_remove(top);
            object_destroyed(top_o, DYING);
            break
        :: else
        fi;
        if
        :: slot[inner].type == CNODE && cdt_is_final(inner) -> zombie_create(inner)
        :: else
        fi;
        if
        :: slot[inner].type == ZOMBIE -> zombie_enter()
        :: slot[inner].type == EMPTY ->
#ifndef BREAK_6
            slot[top].data = count - 1;
#endif
            skip
        :: else ->
            slot_finalise(inner);
            if
            :: gone -> slot[top].data = count - 1
            :: else
            fi
        fi;
        preemption_point();
        if
        :: preempted -> break
        :: else
        fi
    od
}

// arch_irq_pending: the irq_at-th look at the interrupt line finds one.
inline preemption_point() {
    checks++;
    preempted = checks == irq_at
}

inline slot_delete(s) {
    if
    :: slot[s].type == EMPTY -> skip
    :: slot[s].type != EMPTY && slot[s].type != ZOMBIE && (slot[s].type != CNODE || !cdt_is_final(s)) ->
        do
        :: slot_finalise(s);
            if
            :: gone -> break
            :: else -> preemption_point()
            fi;
            if
            :: preempted -> break
            :: else
            fi
        od
    :: else ->
        if
        :: slot[s].type == CNODE -> zombie_create(s)
        :: else
        fi;
        zombie_destroy(s)
    fi
}

inline slot_revoke(s) {
    do
    :: cdt_has_children(s) && !preempted ->
        where_to = slot[s].next;
        slot_delete(where_to);
        if
        :: !preempted && cdt_has_children(s) -> preemption_point()
        :: else
        fi
    :: else -> break
    od;
#ifdef BREAK_7
    preempted = 0;
#endif
    skip
}

// --- properties

inline check_objects() {
    for (i : 1 .. SLOTS) {
        if
        :: slot[i].type == ZOMBIE -> capability_has_object = object[slot[i].object] == DYING
        :: slot[i].type == ENDPOINT || slot[i].type == CNODE -> capability_has_object = object[slot[i].object] == ALIVE
        :: else -> capability_has_object = true
        fi;
        assert(capability_has_object);
        if
        :: i > ROOT_SLOTS && slot[i].type != EMPTY ->
            capability_has_object = object[owner(i)] != NOTHING;
            assert(capability_has_object)
        :: else
        fi;
        if
        :: slot[i].type == ZOMBIE ->
            k = first_of(slot[i].object);
            dying_object_unused = (slot[i].data >= 1 || slot[k].type == EMPTY) &&
                                  (slot[i].data >= 2 || slot[k + 1].type == EMPTY);
            assert(dying_object_unused)
        :: else
        fi
    }
    for (j : A .. LAST) {
        n = 0;
        for (i : 1 .. SLOTS) {
            if
            :: slot[i].type == ZOMBIE && slot[i].object == j -> n++
            :: else
            fi
        }
        dying_object_has_zombie = n == (object[j] == DYING -> 1 : 0);
        assert(dying_object_has_zombie);
        dying_object_unused = object[j] != DYING || !can_reach(j);
        assert(dying_object_unused)
    }
}

inline check_list() {
    for (i : 1 .. SLOTS) {
        if
        :: slot[i].type == EMPTY -> list_is_linked = !slot[i].prev && !slot[i].next
        :: else ->
            list_is_linked = (!slot[i].next || (slot[slot[i].next].type != EMPTY && slot[slot[i].next].prev == i)) &&
                             (!slot[i].prev || (slot[slot[i].prev].type != EMPTY && slot[slot[i].prev].next == i))
        fi;
        assert(list_is_linked);
        j = i;
        k = 0;
        do // bound: the slots, if there is no cycle
        :: slot[j].next && k < SLOTS ->
            j = slot[j].next;
            k++
        :: else -> break
        od;
        list_is_linked = k < SLOTS;
        assert(list_is_linked)
    }
}

inline check_tree() {
    for (i : 1 .. SLOTS) {
        run_ended = false;
        families = slot[i].type == ENDPOINT && slot[i].data;
        k = 0;
        j = slot[i].next;
        do
        :: j && k <= SLOTS -> // a cycle is found by check_list
            k++;
            if
            :: cdt_is_parent(i, j) ->
                tree_is_in_order = !run_ended || families;
                assert(tree_is_in_order);
                families_stay_apart = run_ended || !families || slot[i].family == slot[j].family;
                assert(families_stay_apart)
            :: else -> run_ended = true
            fi;
            j = slot[j].next
        :: else -> break
        od;
        // Alone by its neighbours, and alone indeed.
        if
        :: slot[i].type == ENDPOINT || slot[i].type == CNODE ->
            n = 0;
            for (j : 1 .. SLOTS) {
                if
                :: cap_same_object(i, j) -> n++
                :: else
                fi
            }
            copies_are_neighbours = cdt_is_final(i) == (n == 1);
            assert(copies_are_neighbours)
        :: else
        fi
    }
}

inline find_rank(s, rank) {
    rank = (slot[s].type == EMPTY -> SLOTS : 0);
    k = s;
    do
    :: slot[k].prev ->
        k = slot[k].prev;
        rank++
    :: else -> break
    od
}

inline sort_pair(a, b) {
    find_rank(a, i);
    find_rank(b, j);
    if
    :: i > j ->
        if
        :: slot[b].type != EMPTY && slot[a].type != EMPTY -> cdt_swap(a, b)
        :: else -> cdt_move(a, b)
        fi;
        for (k : 0 .. 1) {
            if
            :: target[k] == a -> target[k] = b
            :: target[k] == b -> target[k] = a
            :: else
            fi
        }
    :: else
    fi
}

// The slots of the root CNode are alike: they are named in the order in which they stand in the list.
inline name_root_slots() {
    sort_pair(1, 2);
    sort_pair(2, 3);
    sort_pair(1, 2)
}

inline check() {
    check_list();
    check_objects();
    check_tree();
    name_root_slots();
    // No state in what the step was about.
    from = 0;
    to = 0;
    mint = 0;
    irq_at = 0;
    skip
}

// --- calls

// Nothing that was derived from the capability is left.
inline check_revoked(s) {
    for (i : 1 .. SLOTS) {
        if
        :: slot[s].type == UNTYPED -> revoke_is_complete = i == s || slot[i].type == EMPTY
        :: slot[s].type == ENDPOINT && slot[s].revocable ->
            revoke_is_complete = i == s || !cap_same_object(s, i) || (slot[s].data && slot[i].family != slot[s].family)
        :: else -> revoke_is_complete = true
        fi;
        assert(revoke_is_complete)
    }
}

inline count_zombies(zombies) {
    zombies = 0;
    for (i : 1 .. SLOTS) {
        if
        :: slot[i].type == ZOMBIE -> zombies++
        :: else
        fi
    }
}

inline invoke_revocation(thread) {
    preempted = 0;
    checks = 0;
    count_zombies(zombies_before);
    if
    :: !can_name(target[thread]) -> skip // the call fails when it begins again
    :: can_name(target[thread]) && call[thread] == REVOKE ->
        slot_revoke(target[thread]);
        if
        :: !preempted -> check_revoked(target[thread])
        :: else
        fi
    :: else -> slot_delete(target[thread])
    fi;
    if
    :: !preempted ->
        count_zombies(zombies_after);
        deletion_is_whole = zombies_after <= zombies_before;
        assert(deletion_is_whole);
        call[thread] = 0;
        target[thread] = 0
    :: else
    fi
}

#define choose(variable, ok) \
    if \
    :: ok(1) -> variable = 1 \
    :: ok(2) -> variable = 2 \
    :: ok(3) -> variable = 3 \
    :: ok(4) -> variable = 4 \
    :: SLOTS > 4 && ok(5) -> variable = 5 \
    :: SLOTS > 6 && ok(SLOTS - 1) -> variable = SLOTS - 1 \
    :: SLOTS > 5 && ok(SLOTS) -> variable = SLOTS \
    :: SLOTS > 7 && ok(6) -> variable = 6 \
    :: SLOTS > 8 && ok(7) -> variable = 7 \
    :: else \
    fi
#define is_empty(s)  (slot[s].type == EMPTY && can_name(s))
#define is_filled(s) (slot[s].type != EMPTY && slot[s].type != ZOMBIE && can_name(s))
#define is_copied(s) ((slot[s].type == ENDPOINT || slot[s].type == CNODE) && can_name(s))
#define is_open(s)   (slot[s].type == ENDPOINT && !slot[s].no_rights && can_name(s))

// decode_CNode_Copy and decode_CNode_Mint.
inline copy() {
    made_badge = (mint -> 1 : slot[from].data);
    if
    :: mint && (slot[from].type != ENDPOINT || slot[from].data) -> skip // cap_update_data
    :: else ->
        slot[to].type = slot[from].type;
        slot[to].object = slot[from].object;
        slot[to].data = made_badge;
        slot[to].no_rights = slot[from].no_rights;
        slot[to].family = slot[from].family;
        if
        :: mint ->
            fresh = 1;
            for (i : 1 .. SLOTS) {
                for (j : 1 .. SLOTS) {
                    if
                    :: slot[j].family == fresh -> fresh++
                    :: else
                    fi
                }
            }
            slot[to].family = fresh
        :: else
        fi;
        cdt_insert(to, from, mint)
    fi
}

// One object behind the watermark.
inline retype() {
    if
    :: cdt_has_children(from) -> skip
    :: else -> slot[from].data = FIRST
    fi;
    if
    :: slot[from].data > LAST -> skip // not enough memory
    :: else ->
        k = slot[from].data;
        memory_is_free = object[k] == NOTHING;
        for (i : 1 .. SLOTS) {
            memory_is_free = memory_is_free && (slot[i].type == EMPTY || (i == from || slot[i].object != k) &&
                             (k == E || i <= ROOT_SLOTS || owner(i) != k))
        }
        assert(memory_is_free);
        object[k] = ALIVE;
        slot[from].data = k + 1;
        slot[to].type = (k == E -> ENDPOINT : CNODE);
        slot[to].object = k;
        cdt_insert(to, from, 1)
    fi
}

#define choose_interrupt() \
    if \
    :: irq_at = 1 \
    :: irq_at = 2 \
    :: irq_at = 3 \
    :: !ALWAYS -> true \
    fi

active proctype kernel() {
    d_step {
        slot[1].type = UNTYPED;
        slot[1].object = U;
        slot[1].revocable = 1;
        slot[1].first_badged = 1
    }
    do
    // A call that was preempted begins again.
    :: call[0] -> atomic { choose_interrupt(); d_step { invoke_revocation(0); check() } }
#if THREADS == 2
    :: call[1] && !others_stopped -> atomic { choose_interrupt(); d_step { invoke_revocation(1); check() } }
#endif
    // New ones.
    :: !call[0] && !others_stopped ->
        atomic {
            if
            :: call[0] = REVOKE
            :: call[0] = DELETE
            fi;
            choose(target[0], can_name);
            choose_interrupt();
            d_step { invoke_revocation(0); check() }
        }
#if THREADS == 2
    :: !call[1] && !others_stopped ->
        atomic {
            call[1] = DELETE;
            choose(target[1], can_name);
            choose_interrupt();
            d_step { invoke_revocation(1); check() }
        }
#endif
    // What others do, each in one step.
#ifndef ONLY_MOVES
    :: !others_stopped ->
        atomic {
            choose(from, is_copied);
            choose(to, is_empty);
            if
            :: mint = 0
#ifdef MINT
            :: mint = 1
#endif
            fi;
            d_step {
                if
                :: from && to -> copy()
                :: else
                fi;
                check()
            }
        }
#endif
    :: !others_stopped ->
        atomic {
            choose(from, is_filled);
            choose(to, is_empty);
            d_step {
                if
                :: from && to -> cdt_move(to, from)
                :: else
                fi;
                check()
            }
        }
#ifndef ONLY_MOVES
    :: !others_stopped -> // decode_CNode_Rotate, dest and source the same
        atomic {
            choose(from, is_filled);
            choose(to, is_filled);
            d_step {
                if
                :: from && to && from < to -> cdt_swap(from, to)
                :: else
                fi;
                check()
            }
        }
#endif
    :: !others_stopped ->
        atomic {
            choose(from, is_filled);
            choose(to, is_empty);
            d_step {
                if
                :: from && to && slot[from].type == UNTYPED -> retype()
                :: else
                fi;
                check()
            }
        }
#ifdef WAITERS
    :: !others_stopped && waiters < 2 -> // in an invocation of the endpoint
        atomic {
            choose(from, is_open);
            d_step {
                if
                :: from ->
                    endpoint_is_left = !leaving;
                    assert(endpoint_is_left);
                    waiters++
                :: else
                fi;
                check()
            }
        }
#endif
#ifdef PROGRESS
    :: !others_stopped && call[0] -> others_stopped = true
    :: others_stopped && !call[0] -> break
#endif
    od
}

#ifdef PROGRESS
ltl revoke_ends { [] ((others_stopped && call[0] != 0) -> <> (call[0] == 0)) }
#endif
