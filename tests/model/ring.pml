// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The marks of the byte rings between clients and the console: who must be signalled, whatever the order in which both
// sides' steps, and their stores, come. tests/model/check.sh reads the lines of this comment that begin with a keyword and
// a colon.
//
// Mirrors: lib/base/ring.h: ring_put ring_take_mark ring_take_want_data ring_take_want_space
// Mirrors: lib/base/ring.c: ring_write ring_consume ring_want_data ring_unwant_data
// Mirrors: services/console/mux.c: mux_pump more_written want_data serve_all is_at_rest
// Mirrors: services/console/main.c: run
// Mirrors: vmm/core/console.c: console_write_byte console_write
//
// A client's store of its index, and the console's of its marks, may become visible later than loads that follow: a store
// waits until a fence, or becomes visible at any moment before. What is left out, and why that is sound. Bytes are counted,
// not kept: their order is that of the indices. The console may find the UART full after any byte, and a line's end where
// it likes: both are free choices. A mark that is cleared late is one signal too many. The client's other loads and stores are as the program has them: a mark that one side
// clears and the other sets is looked at again by who sets it. Input has the same marks for room, and its signal always
// comes.
//
// Property: bytes_arrive: when nobody can do anything any more, every byte that a client wrote has been read.
// Property: clients_go_on: when nobody can do anything any more, no client waits for room.
// Property: ring_holds: a ring never has more bytes than fit.
//
// Run: one: -DCLIENTS=1 -DBYTES=5
// Run: two: -DCLIENTS=2 -DBYTES=3
//
// Break: 1: one: bytes_arrive: a client reads the mark before its index is visible.
// Break: 2: one: bytes_arrive: the console looks at the ring before its mark is visible.
// Break: 3: one: bytes_arrive: the console does not look again after it set its marks.
// Break: 4: one: bytes_arrive: a client clears the mark after it signalled.
// Break: 5: two: bytes_arrive: the console marks the first ring alone.
// Break: 6: one: clients_go_on: a client does not look again after it asked for room.
// Break: 7: one: clients_go_on: the console asks whether a client waits before it makes room.
// Break: 8: one: ring_holds: a client does not look for room.

#define SIZE 2

// struct ring_index, each of a client's output.
byte head[CLIENTS], tail[CLIENTS];
bool want_space[CLIENTS], mark[CLIENTS];
byte written[CLIENTS]; // the client's index, of which `head` is what others see
bool marking;          // the console has stored its marks, which others need not see yet
bool signal;           // the console's notification
bool room[CLIENTS];    // the clients'
bool bytes_arrive = true, clients_go_on = true, ring_holds = true;

#define FENCE(c) head[c] = written[c]

// A store that nothing holds back is visible sooner or later.
inline appear(c) {
    if
    :: head[c] = written[c]
    :: skip
    fi
}

// Appends a byte if there is room; `done` tells.
inline put(c) {
    atomic {
#ifdef BREAK_8
        done = true;
#else
        done = written[c] - tail[c] < SIZE;
#endif
        if
        :: done ->
            written[c]++;
            ring_holds = written[c] - tail[c] <= SIZE;
            assert(ring_holds);
            appear(c)
        :: else
        fi
    }
}

inline take_want_data(c) {
#ifndef BREAK_1
    FENCE(c);
#endif
    if
    :: mark[c] ->
#ifdef BREAK_4
        signal = true;
        mark[c] = false
#else
        mark[c] = false;
        signal = true
#endif
    :: else
    fi;
    FENCE(c)
}

proctype client(byte c) {
    bool done;
    byte left = BYTES;
    do
    :: left > 0 ->
        put(c);
        if
        :: !done -> // ring_write: asks for room, and looks again
            want_space[c] = true;
            FENCE(c);
#ifndef BREAK_6
            put(c)
#endif
        :: else
        fi;
        if
        :: done ->
            left--;
            take_want_data(c)
        :: else ->
end_room:   room[c];
            room[c] = false
        fi
    :: else -> break
    od
}

// more_written: whether anything is new since the last look.
inline look() {
    atomic {
        sum = 0;
        i = 0;
        do
        :: i < CLIENTS ->
            sum = sum + head[i];
            i++
        :: else -> break
        od;
        more = sum != seen;
        seen = sum
    }
}

inline marks_appear() {
    atomic {
        if
        :: marking ->
            mark[0] = true;
#ifndef BREAK_5
            mark[CLIENTS - 1] = true;
#endif
            marking = false
        :: else
        fi
    }
}

inline take_want_space(c) {
    if
    :: want_space[c] ->
        want_space[c] = false;
        room[c] = true
    :: else
    fi
}

active proctype console() {
    byte seen, sum, i, c;
    bool more, uart_full;
round:
    atomic {
        mark[0] = false;
        mark[CLIENTS - 1] = false
    }
    look();
    uart_full = false;
    c = 0;
    do
    :: c < CLIENTS && !uart_full && head[c] != tail[c] ->
#ifdef BREAK_7
        take_want_space(c);
#endif
        atomic { // ring_consume, and the fence of ring_take_mark
            if
            :: tail[c]++
            :: tail[c] = head[c]
            fi
        }
#ifndef BREAK_7
        take_want_space(c);
#endif
        if
        :: skip
        :: uart_full = true
        fi
    :: c < CLIENTS && !uart_full && head[c] == tail[c] -> c++
    :: c == CLIENTS || uart_full -> break
    od;
    if
    :: uart_full -> goto round // the UART's interrupt comes
    :: !uart_full && more -> goto round // a yield
    :: !uart_full -> skip // nothing came, or all lines are ended
    fi;
    marking = true;
#ifndef BREAK_2
    marks_appear();
#endif
#ifndef BREAK_3
    look();
#else
    more = false;
#endif
    marks_appear();
    if
    :: more -> goto round
    :: else
    fi;
end_idle:
    signal; // MUX_IDLE
    signal = false;
    goto round
}

init {
    byte c = 0;
    atomic {
        do
        :: c < CLIENTS ->
            run client(c);
            c++
        :: else -> break
        od
    }
    // Nobody can do anything any more.
    timeout;
    atomic {
        c = 0;
        do
        :: c < CLIENTS ->
            clients_go_on = clients_go_on && (written[c] == BYTES);
            bytes_arrive = bytes_arrive && (tail[c] == written[c]);
            c++
        :: else -> break
        od;
        assert(bytes_arrive);
        assert(clients_go_on)
    }
}
