// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The kernel's interface, written by hand from the contract and independent of lib/sys and of abi/, so that a
// wrong number there is found here. Words are 64 bits; capabilities are addresses in the caller's CSpace.
#ifndef TESTS_API_RAW_H
#define TESTS_API_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t word;

// x0 to x8 of a system call, before and after.
struct raw_registers {
    word x[9];
};

static inline void raw_svc(struct raw_registers *r) {
    register word x0 __asm__("x0") = r->x[0];
    register word x1 __asm__("x1") = r->x[1];
    register word x2 __asm__("x2") = r->x[2];
    register word x3 __asm__("x3") = r->x[3];
    register word x4 __asm__("x4") = r->x[4];
    register word x5 __asm__("x5") = r->x[5];
    register word x6 __asm__("x6") = r->x[6];
    register word x7 __asm__("x7") = r->x[7];
    register word x8 __asm__("x8") = r->x[8];
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7),
                       "+r"(x8)
                     :
                     : "memory");
    *r = (struct raw_registers){{x0, x1, x2, x3, x4, x5, x6, x7, x8}};
}

// x0 to x30 and NZCV of a system call, before and after (registers.S); its svc.
struct raw_all {
    word x[31], nzcv;
};
void raw_all(struct raw_all *registers);
extern const char raw_all_svc[];

// System calls.
#define NR_CALL         ((word)-1)
#define NR_REPLY_RECV   ((word)-2)
#define NR_NB_SEND_RECV ((word)-3)
#define NR_NB_SEND_WAIT ((word)-4)
#define NR_SEND         ((word)-5)
#define NR_NB_SEND      ((word)-6)
#define NR_RECV         ((word)-7)
#define NR_NB_RECV      ((word)-8)
#define NR_WAIT         ((word)-9)
#define NR_NB_WAIT      ((word)-10)
#define NR_YIELD        ((word)-11)
#define NR_PUT_CHAR     ((word)-12)
#define NR_DUMP         ((word)-13)
#define NR_HALT         ((word)-14)
#define NR_IDENTIFY     ((word)-15)
#define NR_SNAPSHOT     ((word)-16)
#define NR_NAME         ((word)-17)

// Object types.
enum {
    T_UNTYPED,
    T_TCB,
    T_ENDPOINT,
    T_NOTIFICATION,
    T_CNODE,
    T_SC,
    T_REPLY,
    T_HUGE_PAGE,
    T_VSPACE,
    T_SMALL_PAGE,
    T_LARGE_PAGE,
    T_PAGE_TABLE,
    T_VCPU,
    T_COUNT,
};

// Capability types, as the debug call tells them.
enum {
    C_NULL = 0,
    C_FRAME = 1,
    C_UNTYPED = 2,
    C_PAGE_TABLE = 3,
    C_ENDPOINT = 4,
    C_NOTIFICATION = 6,
    C_REPLY = 8,
    C_VSPACE = 9,
    C_CNODE = 10,
    C_ASID_CONTROL = 11,
    C_TCB = 12,
    C_ASID_POOL = 13,
    C_IRQ_CONTROL = 14,
    C_VCPU = 15,
    C_IRQ_HANDLER = 16,
    C_DOMAIN = 20,
    C_SC = 22,
    C_SCHED_CONTROL = 24,
    C_SGI = 27,
};

// Errors.
enum { OK, IA, IC, ILL, RNG, AL, FL, TR, DEL, REV, NEM };

// Boot slots.
enum {
    S_TCB = 1,
    S_CNODE = 2,
    S_VSPACE = 3,
    S_IRQ_CONTROL = 4,
    S_ASID_CONTROL = 5,
    S_ASID_POOL = 6,
    S_BOOTINFO = 9,
    S_IPC_BUFFER = 10,
    S_DOMAIN = 11,
    S_SC = 14,
};

// Rights.
enum { R_W = 1, R_R = 2, R_G = 4, R_GR = 8, R_ALL = 15 };

#define ROOT_DEPTH 64

static inline word info_make(word label, word caps, word length) {
    return label << 12 | caps << 7 | length;
}
static inline word info_label(word info) {
    return info >> 12;
}
static inline word info_unwrapped(word info) {
    return info >> 9 & 7;
}
static inline word info_caps(word info) {
    return info >> 7 & 3;
}
static inline word info_length(word info) {
    return info & 0x7f;
}

struct ipc_buffer {
    word tag, msg[120], user_data, caps[3], receive_cnode, receive_index, receive_depth;
};
_Static_assert(sizeof(struct ipc_buffer) == 1024, "IPC buffer");

// The calling thread's buffer; every thread of a test has its address in TPIDR_EL0.
static inline struct ipc_buffer *raw_buffer(void) {
    struct ipc_buffer *buffer;
    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(buffer));
    return buffer;
}

// A message: destination or badge, tag, four words.
struct message {
    word badge, info, mr[4];
};

static inline void raw_message(word number, word cap, struct message *m, word sixth, word eighth) {
    struct raw_registers r = {{cap, m->info, m->mr[0], m->mr[1], m->mr[2], m->mr[3], sixth, number, eighth}};
    raw_svc(&r);
    *m = (struct message){r.x[0], r.x[1], {r.x[2], r.x[3], r.x[4], r.x[5]}};
}

static inline void raw_send(word number, word cap, const struct message *m) {
    struct message copy = *m;
    raw_message(number, cap, &copy, 0, 0);
}

static inline void raw_signal(word cap) {
    raw_send(NR_SEND, cap, &(struct message){0});
}

static inline word raw_wait(word cap) {
    struct message m = {0};
    raw_message(NR_WAIT, cap, &m, 0, 0);
    return m.badge;
}

static inline word raw_poll(word cap) {
    struct message m = {0};
    raw_message(NR_NB_WAIT, cap, &m, 0, 0);
    return m.badge;
}

static inline void raw_yield(void) {
    struct raw_registers r = {.x[7] = NR_YIELD};
    raw_svc(&r);
}

static inline word raw_identify(word cap) {
    struct raw_registers r = {{cap, 0, 0, 0, 0, 0, 0, NR_IDENTIFY, 0}};
    raw_svc(&r);
    return r.x[0];
}

static inline void raw_put_char(char c) {
    struct raw_registers r = {{(unsigned char)c, 0, 0, 0, 0, 0, 0, NR_PUT_CHAR, 0}};
    raw_svc(&r);
}

// What the kernel replied to the last invocation.
struct reply {
    word label, length, mr[120];
};
extern struct reply reply;

// Invokes `cap`; returns the error. All words of the reply stand in `reply`.
word raw_invoke(word cap, word label, const word *caps, unsigned cap_count, const word *words,
                unsigned word_count);

#define LIST(...)                                                                                            \
    (const word[]) {                                                                                         \
        __VA_ARGS__ __VA_OPT__(, ) 0                                                                         \
    }
#define COUNT(...) (sizeof(LIST(__VA_ARGS__)) / sizeof(word) - 1)
#define CAPS(...)  LIST(__VA_ARGS__), COUNT(__VA_ARGS__)
#define WORDS(...) LIST(__VA_ARGS__), COUNT(__VA_ARGS__)

// Invocations: label, extra capabilities, words.
#define untyped_retype(ut, root, type, bits, index, depth, offset, count)                                    \
    raw_invoke(ut, 1, CAPS(root), WORDS(type, bits, index, depth, offset, count))
#define tcb_read_registers(tcb, flags, count)  raw_invoke(tcb, 2, CAPS(), WORDS(flags, count))
#define tcb_copy_registers(tcb, source, flags) raw_invoke(tcb, 4, CAPS(source), WORDS(flags))
#define tcb_configure(tcb, cspace, vspace, frame, cdata, vdata, buffer)                                      \
    raw_invoke(tcb, 5, CAPS(cspace, vspace, frame), WORDS(cdata, vdata, buffer))
#define tcb_set_priority(tcb, auth, value) raw_invoke(tcb, 6, CAPS(auth), WORDS(value))
#define tcb_set_mcp(tcb, auth, value)      raw_invoke(tcb, 7, CAPS(auth), WORDS(value))
#define tcb_set_sched_params(tcb, auth, sc, ep, mcp, prio)                                                   \
    raw_invoke(tcb, 8, CAPS(auth, sc, ep), WORDS(mcp, prio))
#define tcb_set_timeout_endpoint(tcb, ep)    raw_invoke(tcb, 9, CAPS(ep), WORDS())
#define tcb_set_ipc_buffer(tcb, frame, addr) raw_invoke(tcb, 10, CAPS(frame), WORDS(addr))
#define tcb_set_space(tcb, ep, cspace, vspace, cdata, vdata)                                                 \
    raw_invoke(tcb, 11, CAPS(ep, cspace, vspace), WORDS(cdata, vdata))
#define tcb_suspend(tcb)                  raw_invoke(tcb, 12, CAPS(), WORDS())
#define tcb_resume(tcb)                   raw_invoke(tcb, 13, CAPS(), WORDS())
#define tcb_bind_notification(tcb, ntfn)  raw_invoke(tcb, 14, CAPS(ntfn), WORDS())
#define tcb_unbind_notification(tcb)      raw_invoke(tcb, 15, CAPS(), WORDS())
#define tcb_set_tls_base(tcb, va)         raw_invoke(tcb, 16, CAPS(), WORDS(va))
#define tcb_set_flags(tcb, clear, set)    raw_invoke(tcb, 17, CAPS(), WORDS(clear, set))
#define cnode_revoke(cnode, index, depth) raw_invoke(cnode, 18, CAPS(), WORDS(index, depth))
#define cnode_delete(cnode, index, depth) raw_invoke(cnode, 19, CAPS(), WORDS(index, depth))
#define cnode_cancel(cnode, index, depth) raw_invoke(cnode, 20, CAPS(), WORDS(index, depth))
#define cnode_copy(cnode, index, depth, source, sindex, sdepth, rights)                                      \
    raw_invoke(cnode, 21, CAPS(source), WORDS(index, depth, sindex, sdepth, rights))
#define cnode_mint(cnode, index, depth, source, sindex, sdepth, rights, badge)                               \
    raw_invoke(cnode, 22, CAPS(source), WORDS(index, depth, sindex, sdepth, rights, badge))
#define cnode_move(cnode, index, depth, source, sindex, sdepth)                                              \
    raw_invoke(cnode, 23, CAPS(source), WORDS(index, depth, sindex, sdepth))
#define cnode_mutate(cnode, index, depth, source, sindex, sdepth, badge)                                     \
    raw_invoke(cnode, 24, CAPS(source), WORDS(index, depth, sindex, sdepth, badge))
#define cnode_rotate(cnode, index, depth, data, pivot, pindex, pdepth, pdata, source, sindex, sdepth)        \
    raw_invoke(cnode, 25, CAPS(pivot, source),                                                               \
               WORDS(index, depth, data, pindex, pdepth, pdata, sindex, sdepth))
#define irq_get(irq, root, index, depth) raw_invoke(S_IRQ_CONTROL, 26, CAPS(root), WORDS(irq, index, depth))
#define irq_get_trigger(irq, trigger, root, index, depth)                                                    \
    raw_invoke(S_IRQ_CONTROL, 60, CAPS(root), WORDS(irq, trigger, index, depth))
#define irq_issue_sgi(irq, target, root, index, depth)                                                       \
    raw_invoke(S_IRQ_CONTROL, 61, CAPS(root), WORDS(irq, target, index, depth))
#define irq_ack(handler)                    raw_invoke(handler, 27, CAPS(), WORDS())
#define irq_set_notification(handler, ntfn) raw_invoke(handler, 28, CAPS(ntfn), WORDS())
#define irq_clear(handler)                  raw_invoke(handler, 29, CAPS(), WORDS())
#define domain_set(tcb, domain)             raw_invoke(S_DOMAIN, 30, CAPS(tcb), WORDS(domain))
#define sched_configure(sc, budget, period, extra, badge, flags)                                             \
    raw_invoke(sched_control, 33, CAPS(sc), WORDS(budget, period, extra, badge, flags))
#define sc_bind(sc, object)                  raw_invoke(sc, 34, CAPS(object), WORDS())
#define sc_unbind(sc)                        raw_invoke(sc, 35, CAPS(), WORDS())
#define sc_unbind_object(sc, object)         raw_invoke(sc, 36, CAPS(object), WORDS())
#define sc_consumed(sc)                      raw_invoke(sc, 37, CAPS(), WORDS())
#define sc_yield_to(sc)                      raw_invoke(sc, 38, CAPS(), WORDS())
#define vspace_clean(vs, start, end)         raw_invoke(vs, 39, CAPS(), WORDS(start, end))
#define table_map(pt, vs, va, attr)          raw_invoke(pt, 44, CAPS(vs), WORDS(va, attr))
#define table_unmap(pt)                      raw_invoke(pt, 45, CAPS(), WORDS())
#define page_map(page, vs, va, rights, attr) raw_invoke(page, 46, CAPS(vs), WORDS(va, rights, attr))
#define page_unmap(page)                     raw_invoke(page, 47, CAPS(), WORDS())
#define page_clean(page, start, end)         raw_invoke(page, 48, CAPS(), WORDS(start, end))
#define page_invalidate(page, start, end)    raw_invoke(page, 49, CAPS(), WORDS(start, end))
#define page_unify(page, start, end)         raw_invoke(page, 51, CAPS(), WORDS(start, end))
#define page_get_address(page)               raw_invoke(page, 52, CAPS(), WORDS())
#define asid_make_pool(ut, root, index, depth)                                                               \
    raw_invoke(S_ASID_CONTROL, 53, CAPS(ut, root), WORDS(index, depth))
#define asid_assign(pool, vs)          raw_invoke(pool, 54, CAPS(vs), WORDS())
#define vcpu_set_tcb(vcpu, tcb)        raw_invoke(vcpu, 55, CAPS(tcb), WORDS())
#define vcpu_inject(vcpu, irq)         raw_invoke(vcpu, 56, CAPS(), WORDS(irq))
#define vcpu_read(vcpu, field)         raw_invoke(vcpu, 57, CAPS(), WORDS(field))
#define vcpu_write(vcpu, field, value) raw_invoke(vcpu, 58, CAPS(), WORDS(field, value))
#define vcpu_ack_vppi(vcpu, irq)       raw_invoke(vcpu, 59, CAPS(), WORDS(irq))

#endif
