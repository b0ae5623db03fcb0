// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Whole VMs that are deleted while interrupts arrive. All that a VM is made of, its address space and its
// memory too, lies in one untyped, in an order that changes from round to round; its revocation deletes it,
// whatever state the guest is in: running, its vCPU still loaded or not, in WFI, with a fault, with the FP
// registers, never started, with one of its parts gone before. Afterwards the untyped is empty, ASID and VMID
// are back (there are fewer than rounds), and the interrupts are as good as new: another guest gets each
// once.
//
// Guests run in their own address space, so what they run is inlined and uses nothing that it is not told.
#include "fp.h"
#include "line.h"

enum { SET_MASK = 0x1000, BIND = 0x1001, UNBIND = 0x1002, BIND_VPPI = 0x1003, SET_SGIS = 0x1005 };
enum { UPDATE = 0x1006, ENABLED = 4, MASK_SGI = 8, MASK_WFI_WAIT = 64 };
enum { PTIMER = 30, TIMER = 27, VIRQ = 50, SGI = 5, ROUNDS = 2000, MEMORY_BITS = 17 };
enum { VM_CPACR_FP = 3 << 20, LABEL_CALL = 2, LABEL_VM_FAULT = 6 };

// --- the guest, and what it shares with root

#define CODE_AT   0x10000ull // its address space
#define RAM_AT    0x11000ull
#define SHARED_AT 0x12000ull
#define LINE_AT   0x13000ull
#define CPU_AT    0x14000ull
#define AWAY_AT   0x100000ull // nothing is there

enum behaviour { BUSY, SLEEPS, FAULTS, ENDS };

struct shared {
    word gicv, line; // addresses
    word behaviour, ends, period, memory;
    word fp; // of the new thread's registers; all must be 0
    word lines, timers, sgis;
};
static _Alignas(4096) volatile struct shared shared_page[4096 / sizeof(struct shared)];
static volatile struct shared *const shared = shared_page;

LINE_INLINE word count_now(void) {
    word now;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now));
    return now;
}
LINE_INLINE void timers_set(word ticks) {
    word now = count_now(), real;
    __asm__ volatile("mrs %0, cntpct_el0" : "=r"(real));
    __asm__ volatile("msr cntv_cval_el0, %0\n\tmsr cntp_cval_el0, %1\n\t"
                     "msr cntv_ctl_el0, %2\n\tmsr cntp_ctl_el0, %2\n\tisb"
                     :
                     : "r"(now + ticks), "r"(real + ticks / 2), "r"(1ull));
}

// Without an exit mask for it, an hvc is a system call: the guest revokes the untyped that it lies in itself.
LINE_INLINE void end_itself(word slot) {
    register word x0 __asm__("x0") = S_CNODE, x1 __asm__("x1") = info_make(18, 0, 2), x2 __asm__("x2") = slot;
    register word x3 __asm__("x3") = ROOT_DEPTH, x7 __asm__("x7") = NR_CALL;
    __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : "r"(x7) : "memory");
}

// Takes what comes as fast as it can: the line is raised again at each end, both timers are set again, each
// timer sends an SGI; after `ends` of the line's, one stays active. In between it is busy, or sleeps.
__attribute__((noinline, section(".text.guest"), aligned(4096))) static void
guest_main(volatile struct shared *s) {
    word gicv = s->gicv, line = s->line, low, high;
    __asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\tfmov %0, d0\n\tumov %1, v31.d[1]\n\t"
                     "movi v0.16b, #0x5a\n\tmovi v31.16b, #0xa5\n\t.arch_extension nofp"
                     : "=r"(low), "=r"(high));
    s->fp |= low | high;
    cpu_enable(gicv);
    timers_set(s->period);
    for (;;) {
        word virq = cpu_acknowledge(gicv);
        if (virq == VIRQ) {
            line_lower(line);
            if (s->lines++ != s->ends)
                cpu_end(gicv, virq);
            if (s->behaviour != SLEEPS)
                line_raise(line);
        } else if (virq < 1020) {
            if (virq >= 16) {
                s->timers++;
                timers_set(s->period);
                if (!gicv) // to itself: affinity 0
                    __asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" : : "r"(1ull | SGI << 24));
            } else {
                s->sgis++;
            }
            cpu_end(gicv, virq);
        } else if (s->behaviour == SLEEPS) {
            __asm__ volatile("wfi");
        } else if (s->behaviour == FAULTS) {
            *(volatile word *)AWAY_AT = 0;
        }
        if (s->behaviour == ENDS && s->lines + s->timers > 20)
            end_itself(s->memory);
        __asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\tfmov d1, %0\n\t.arch_extension nofp"
                         :
                         : "r"(virq));
    }
}

// --- a VM in one untyped

enum part { VCPU, TCB, SC, CNODE, VSPACE, TABLE_2, TABLE_3, CODE, RAM, NOTIFICATION, ENDPOINT, PARTS };
static const struct {
    word type, bits;
} parts[PARTS] = {
    [VCPU] = {T_VCPU, 0},
    [TCB] = {T_TCB, 0},
    [SC] = {T_SC, 8},
    [CNODE] = {T_CNODE, 7},
    [VSPACE] = {T_VSPACE, 0},
    [TABLE_2] = {T_PAGE_TABLE, 0},
    [TABLE_3] = {T_PAGE_TABLE, 0},
    [CODE] = {T_SMALL_PAGE, 0},
    [RAM] = {T_SMALL_PAGE, 0},
    [ENDPOINT] = {T_ENDPOINT, 0},
    [NOTIFICATION] = {T_NOTIFICATION, 0},
};
#define CNODE_SLOTS 128
#define FRESH       (1 << (MEMORY_BITS - 12)) // vCPUs that fill it

static word memory, first; // the VM's untyped; its parts' slots
static word fresh, ntfn, signal;
static word handler, line_page, line_copy, cpu_page, cpu_copy, shared_copy, code_copy;
static struct vm probe, other;
static word faults; // the endpoint of the VMs' faults

#define PART(part) (first + (part))

static void copy_into(word slot, word cap) {
    SET_UP(cnode_copy(S_CNODE, slot, ROOT_DEPTH, S_CNODE, cap, ROOT_DEPTH, R_ALL));
}

static void map(word page, word at, word rights) {
    SET_UP(page_map(page, PART(VSPACE), at, rights, 3));
}

// The guest's code, written through a mapping of root's, which goes with the frame.
static void fill_code(word window) {
    copy_into(code_copy, PART(CODE));
    SET_UP(page_map(code_copy, S_VSPACE, window, R_R | R_W, 3));
    for (unsigned i = 0; i < 4096 / 8; i++)
        ((volatile word *)window)[i] = ((const word *)(word)guest_main)[i];
    SET_UP(page_unify(code_copy, 0, 4096));
}

// The round decides in which order the parts lie, and are deleted.
static void make_vm(unsigned round, word budget, word priority) {
    unsigned step = 1 + round % (PARTS - 1); // PARTS is a prime number
    for (unsigned i = 0; i < PARTS; i++) {
        unsigned part = (round / (PARTS - 1) + i * step) % PARTS;
        SET_UP(untyped_retype(memory, S_CNODE, parts[part].type, parts[part].bits, 0, 0, PART(part), 1));
    }
    SET_UP(asid_assign(S_ASID_POOL, PART(VSPACE)));
    SET_UP(table_map(PART(TABLE_2), PART(VSPACE), CODE_AT, 3));
    SET_UP(table_map(PART(TABLE_3), PART(VSPACE), CODE_AT, 3));
    fill_code(GICV_AT + 0x10000);
    map(PART(CODE), CODE_AT, R_R);
    map(PART(RAM), RAM_AT, R_R | R_W);
    copy_into(shared_copy, image_frame((const void *)shared));
    map(shared_copy, SHARED_AT, R_R | R_W);
    copy_into(line_copy, line_page);
    SET_UP(page_map(line_copy, PART(VSPACE), LINE_AT, R_R | R_W, 0));
    if (gicv_at) {
        copy_into(cpu_copy, cpu_page);
        SET_UP(page_map(cpu_copy, PART(VSPACE), CPU_AT, R_R | R_W, 0));
    }
    // Its CSpace: full of its own, so that its end takes many steps, and a handler's copy.
    for (unsigned i = 0; i < CNODE_SLOTS; i++)
        SET_UP(cnode_copy(PART(CNODE), i, 7, S_CNODE, i ? PART(i % PARTS) : handler, ROOT_DEPTH, R_ALL));
    SET_UP(sched_configure(PART(SC), budget, 100000, 0, 0, 0));
    SET_UP(tcb_configure(PART(TCB), round % 7 < 6 ? PART(CNODE) : S_CNODE, PART(VSPACE), 0, 0, 0, 0));
    SET_UP(tcb_set_sched_params(PART(TCB), S_TCB, PART(SC), faults, 254, priority));
    SET_UP(vcpu_set_tcb(PART(VCPU), PART(TCB)));
    SET_UP(vcpu_write(PART(VCPU), VM_CPACR, VM_CPACR_FP));
    SET_UP(vcpu_write(PART(VCPU), VM_SP_EL1, RAM_AT + 4096));
    SET_UP(raw_invoke(PART(VCPU), SET_MASK, CAPS(), WORDS(MASK_WFI_WAIT | (gicv_at ? 0 : MASK_SGI))));
    SET_UP(raw_invoke(PART(VCPU), BIND, CAPS(handler), WORDS(VIRQ, 0x40)));
    SET_UP(raw_invoke(PART(VCPU), BIND_VPPI, CAPS(), WORDS(TIMER, TIMER, round / 3 % 2 ? 0x20 : 0x60)));
    SET_UP(raw_invoke(PART(VCPU), BIND_VPPI, CAPS(), WORDS(PTIMER, PTIMER, 0x50)));
    if (!gicv_at)
        SET_UP(raw_invoke(PART(VCPU), SET_SGIS, CAPS(), WORDS(1 << SGI, 0x30ull << 8 * SGI, 0)));
    SET_UP(raw_invoke(PART(VCPU), UPDATE, CAPS(), WORDS(VIRQ, ENABLED, 0)));
}

static void prepare_shared(word behaviour, word ends, word period) {
    shared->gicv = gicv_at ? CPU_AT : 0;
    shared->line = LINE_AT;
    shared->behaviour = behaviour;
    shared->ends = ends;
    shared->period = period;
    shared->memory = memory;
    shared->lines = shared->timers = shared->sgis = 0;
}

static void start_vm(void) {
    line_raise(GPIO_AT);
    SET_UP(raw_invoke(PART(TCB), 3, CAPS(), WORDS(1, 4, CODE_AT, 0, VM_EL1H, SHARED_AT)));
}

// What root holds of the VM beside its untyped: copies of frames that are others'.
static void drop_copies(void) {
    SET_UP(cnode_delete(S_CNODE, shared_copy, ROOT_DEPTH));
    SET_UP(cnode_delete(S_CNODE, line_copy, ROOT_DEPTH));
    if (gicv_at)
        SET_UP(cnode_delete(S_CNODE, cpu_copy, ROOT_DEPTH));
}

// --- what must be afterwards

// All of it becomes new vCPUs, for which what the registers still hold is not meant.
static bool memory_is_free(void) {
    for (unsigned part = 0; part < PARTS; part++)
        if (!is_empty(PART(part)))
            return false;
    return is_empty(code_copy) && !untyped_retype(memory, S_CNODE, T_VCPU, 0, 0, 0, fresh, FRESH);
}
static bool new_ones_are_new(void) {
    for (unsigned i = 0; i < FRESH; i++)
        if (vcpu_read(fresh + i, VM_VBAR) || reply.mr[0])
            return false;
    return !cnode_revoke(S_CNODE, memory, ROOT_DEPTH);
}

static volatile word got[4]; // of the line, the timers, and others

// Both timers are due at once; each is stopped by its handler, and the line lowered.
static void guest_probe(word gicv) {
    cpu_enable(gicv);
    timers_set(0);
    for (unsigned spins = 0; spins < 200; spins++) {
        word virq = cpu_acknowledge(gicv);
        if (virq >= 1020)
            continue;
        got[virq == VIRQ ? 0 : virq == TIMER ? 1 : virq == PTIMER ? 2 : 3]++;
        if (virq == VIRQ)
            line_lower(GPIO_AT);
        else if (virq == TIMER)
            __asm__ volatile("msr cntv_ctl_el0, xzr\n\tisb");
        else
            __asm__ volatile("msr cntp_ctl_el0, xzr\n\tisb");
        cpu_end(gicv, virq);
    }
}

// Whether line and timers are inactive and nobody's, and each comes once to the probe.
static bool interrupts_are_as_new(void) {
    if (irq_set_notification(handler, signal))
        return false;
    line_raise(GPIO_AT);
    if (raw_poll(ntfn) || irq_clear(handler))
        return false; // it is not masked
    if (raw_invoke(probe.vcpu, BIND, CAPS(handler), WORDS(VIRQ, 0x40)) ||
        raw_invoke(probe.vcpu, UPDATE, CAPS(), WORDS(VIRQ, ENABLED, 0)))
        return false;
    got[0] = got[1] = got[2] = got[3] = 0;
    bool good = vm_call(probe, (void *)guest_probe, gicv_at) && got[0] == 1 && got[1] == 1 && got[2] == 1 &&
                got[3] == 0;
    line_lower(GPIO_AT);
    return raw_invoke(probe.vcpu, UNBIND, CAPS(), WORDS(VIRQ)) == OK && good;
}

// --- a thread that revokes, less urgent than the guest, and one that has FP registers of its own

static word go, done, fp_go, fp_done;
static volatile word revoke_error, fp_is_whole;

static void revoker(word argument) {
    (void)argument;
    for (;;) {
        raw_wait(go);
        revoke_error = cnode_revoke(S_CNODE, memory, ROOT_DEPTH);
        raw_signal(done);
    }
}

static void fp_user(word seed) {
    fp_is_whole = true;
    for (;; seed++) {
        fp_set(seed);
        raw_signal(fp_done);
        raw_wait(fp_go);
        fp_is_whole &= fp_holds(seed);
    }
}

static void start_helpers(void) {
    go = new_object(T_NOTIFICATION, 0), done = new_object(T_NOTIFICATION, 0);
    fp_go = new_object(T_NOTIFICATION, 0), fp_done = new_object(T_NOTIFICATION, 0);
    const struct thread *revokes = new_thread(revoker, 0, 0);
    thread_set_priority(revokes, 100);
    thread_start(revokes);
    thread_start(new_thread(fp_user, 0x77, 0));
    raw_wait(fp_done);
}

// --- the rounds

// The guest has run by now, or not. `turn` decides what else happens before its end.
static void disturb(unsigned turn) {
    if (turn & 1) // its vCPU is no longer loaded
        SET_UP(!vm_call(other, vm_end, 0));
    if (turn & 2) { // its FP registers are not, either
        raw_signal(fp_go);
        raw_wait(fp_done);
    }
    if (turn & 4 && !is_empty(PART(TCB)))
        SET_UP(tcb_suspend(PART(TCB)));
    if (turn & 8) // its fault, if it has one, waits for a reply
        raw_message(NR_NB_RECV, faults, &(struct message){0}, vm_reply, 0);
    line_lower(GPIO_AT); // once more, if it was ended
    line_raise(GPIO_AT);
}

// What one round's guest does, and when it is deleted by the less urgent thread, between whose steps it runs.
struct plan {
    word behaviour, ends;
    bool starts, preempts;
};
static struct plan plan_round(unsigned round) {
    static const uint8_t behaviours[] = {BUSY, BUSY, BUSY, SLEEPS, SLEEPS, SLEEPS, FAULTS};
    struct plan plan = {.behaviour = behaviours[round % 7], .starts = round % 13};
    if (plan.behaviour == FAULTS && round % 2 == 0)
        plan.behaviour = ENDS;
    plan.ends = plan.behaviour == SLEEPS ? ROUNDS : round % 5 * 20;
    plan.preempts = plan.behaviour == SLEEPS && round % 7 < 5;
    return plan;
}

// One part goes before the others, which live on for a while.
static bool part_goes(enum part part) {
    SET_UP(cnode_revoke(S_CNODE, PART(part), ROOT_DEPTH));
    word before = shared->lines + shared->timers;
    SET_UP(cnode_delete(S_CNODE, PART(part), ROOT_DEPTH));
    line_lower(GPIO_AT);
    line_raise(GPIO_AT);
    let_others_run();
    // Without any of these it is no guest, or runs no more.
    bool stops = part != CNODE && part < RAM;
    return !stops || shared->lines + shared->timers == before;
}

static word revoke_all(bool preempts) {
    if (!preempts)
        return cnode_revoke(S_CNODE, memory, ROOT_DEPTH);
    raw_signal(go);
    raw_wait(done);
    return revoke_error;
}

static void whole_vms_go_with_their_untypeds(void) {
    word taken = 0, timers = 0, during = 0, left_active = 0, ended = 0;
    start_helpers();
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct plan plan = plan_round(round);
        make_vm(round, 30 + round % 97 + (plan.preempts || round % 3 == 0 ? 1000 : 0), 254);
        prepare_shared(plan.behaviour, plan.ends, 100 + round % 53);
        if (plan.starts) {
            start_vm();
            let_others_run();
            disturb(round / 7);
        }
        ended += is_empty(PART(TCB));
        taken += shared->lines, timers += shared->timers;
        left_active += shared->lines > plan.ends;
        unsigned part = round % (PARTS + 5);
        EXPECT(part >= PARTS || part_goes(part));
        if (round % 3 == 0)
            line_lower(GPIO_AT);
        word before = shared->timers;
        EXPECT_OK(revoke_all(plan.preempts));
        during += shared->timers - before;
        drop_copies();
        EXPECT(memory_is_free());
        EXPECT(interrupts_are_as_new());
        EXPECT(new_ones_are_new());
        if (round % 100 == 0)
            check_kernel();
    }
    raw_signal(fp_go);
    raw_wait(fp_done);
    EXPECT(fp_is_whole);
    EXPECT_EQUAL(shared->fp, 0);
    // The physical timer is nobody's but the probe's.
    word slot = new_slot();
    EXPECT_EQUAL(irq_get(PTIMER, S_CNODE, slot, ROOT_DEPTH), REV);
    EXPECT_OK(cnode_delete(S_CNODE, probe.vcpu, ROOT_DEPTH));
    EXPECT_OK(irq_get(PTIMER, S_CNODE, slot, ROOT_DEPTH));
    EXPECT(taken > 10 * ROUNDS);
    EXPECT(timers > 50 * ROUNDS);
    EXPECT(during > ROUNDS / 2); // guests that ran while they were deleted
    EXPECT(ended > ROUNDS / 50);
    EXPECT(left_active > ROUNDS / 10);
}

// --- an address space that is taken away

// Tells, and would again.
__asm__(".pushsection .text\n.balign 4096\n"
        "away_code: mov x7, #0x77\n  hvc #0\n  b .\n"
        ".balign 4096\n.popsection\n");
extern const char away_code[];

// The thread of a guest whose VSpace was revoked, so that it has none, loses its vCPU too, and runs on: in no
// address space, though its old one is still there, and was the last that its thread had loaded.
static void a_thread_without_vspace_runs_in_none(void) {
    for (unsigned again = 0; again < 2; again++) {
        struct vm vm = vm_new();
        word vspace = new_object(T_VSPACE, 0), code = new_copy(image_frame(away_code));
        EXPECT_OK(asid_assign(S_ASID_POOL, vspace));
        for (unsigned i = 0; i < 2; i++)
            EXPECT_OK(table_map(new_object(T_PAGE_TABLE, 0), vspace, CODE_AT, 3));
        EXPECT_OK(page_map(code, vspace, CODE_AT, R_R, 3));
        EXPECT_OK(tcb_set_space(vm.thread->tcb, vm_endpoint, S_CNODE, vspace, 0, 0));
        EXPECT(vm_call(vm, (const void *)CODE_AT, 0));
        EXPECT_OK(cnode_revoke(S_CNODE, vspace, ROOT_DEPTH));
        if (again) // another vCPU instead of none
            EXPECT_OK(vcpu_set_tcb(new_object(T_VCPU, 0), vm.thread->tcb));
        else
            EXPECT_OK(cnode_delete(S_CNODE, vm.vcpu, ROOT_DEPTH));
        vm_answer(0, 0, 0);
        struct message fault = vm_fault();
        EXPECT_EQUAL(info_label(fault.info), LABEL_VM_FAULT);
        EXPECT_EQUAL(fault.mr[0], CODE_AT + 4); // it could not go on
        EXPECT_OK(tcb_suspend(vm.thread->tcb));
    }
}

// A vCPU outlives its thread, and so does nothing to another thread in that one's memory when it gets a new
// one.
static void a_vcpu_forgets_its_thread(void) {
    word block = new_object(T_UNTYPED, 11), tcb = new_slot(), vcpu = new_object(T_VCPU, 0);
    struct thread thread = {.tcb = tcb, .sc = new_sc(5000, 5000)};
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_OK(cnode_revoke(S_CNODE, block, ROOT_DEPTH));
        EXPECT_OK(untyped_retype(block, S_CNODE, T_TCB, 0, 0, 0, tcb, 1));
        if (i == 0)
            EXPECT_OK(vcpu_set_tcb(vcpu, tcb));
    }
    struct vm vm = {&thread, new_object(T_VCPU, 0)};
    EXPECT_OK(tcb_configure(tcb, S_CNODE, S_VSPACE, 0, 0, 0, 0));
    EXPECT_OK(tcb_set_sched_params(tcb, S_TCB, thread.sc, new_mint(vm_endpoint, R_ALL, 0x900d), 254, 254));
    EXPECT_OK(vcpu_set_tcb(vm.vcpu, tcb));
    EXPECT_OK(vcpu_write(vm.vcpu, VM_VBAR, (word)vm_vectors));
    EXPECT_OK(vcpu_set_tcb(vcpu, vm_new().thread->tcb));
    EXPECT(vm_call(vm, vm_end, 0));
    EXPECT_OK(tcb_suspend(tcb));
}

static const struct test tests[] = {
    TEST(a_vcpu_forgets_its_thread),
    TEST(a_thread_without_vspace_runs_in_none),
    TEST(whole_vms_go_with_their_untypeds),
};

int main(void) {
    line_find_gic(got);
    memory = new_object(T_UNTYPED, MEMORY_BITS);
    first = new_slots(PARTS);
    fresh = new_slots(FRESH);
    ntfn = new_object(T_NOTIFICATION, 0);
    signal = new_mint(ntfn, R_W, 0x61);
    handler = new_slot();
    line_copy = new_slot(), cpu_copy = new_slot(), shared_copy = new_slot(), code_copy = new_slot();
    line_page = line_frame(GPIO_PAGE);
    line_map(line_page, GPIO_AT);
    SET_UP(table_map(new_object(T_PAGE_TABLE, 0), S_VSPACE, GICV_AT, 3));
    if (gicv_at) {
        cpu_page = line_frame(GICV_PAGE);
        SET_UP(page_map(cpu_page, S_VSPACE, GICV_AT, R_R | R_W, 0));
    }
    line_setup(GPIO_AT);
    SET_UP(irq_get_trigger(GPIO_IRQ, 0, S_CNODE, handler, ROOT_DEPTH));
    other = vm_new();
    probe = vm_new();
    faults = new_object(T_ENDPOINT, 0);
    SET_UP(raw_invoke(probe.vcpu, SET_MASK, CAPS(), WORDS(MASK_WFI_WAIT)));
    SET_UP(raw_invoke(probe.vcpu, BIND_VPPI, CAPS(), WORDS(TIMER, TIMER, 0x80)));
    SET_UP(raw_invoke(probe.vcpu, BIND_VPPI, CAPS(), WORDS(PTIMER, PTIMER, 0x80)));
    RUN(tests);
}
