// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The measurements of `make bench`'s suites micro and tick (bench/runner/micro.def): what an operation costs
// this guest, by its own counter. Chosen by glacis.case=micro-NAME of the command line; all without it.
//
// Console:
//     @bench begin micro/NAME, end   an interval with no operation in it: what the marks themselves cost
//     @bench begin micro-NAME, end   the interval of all operations
//     @samples micro-NAME operation freq=HZ V*N ...   N operations took V ticks; as many lines as it needs
//     @result micro-NAME ticks=N freq=HZ   all of them, and what lies between
//
// HINT instructions tell a plugin of the emulator where a measurement begins and ends (`make trace`).
//
// Invariants:
// 1. Nothing is printed between the marks, and the UART is idle when an interval begins.
// 2. An interrupt is enabled only inside an asm statement that gives up x28 (micro_vectors.S).
// 3. A sample is what lies between two reads of the counter, less the same with nothing between.
#include "guests/bare/fdt.h"
#include "guests/bare/mmu.h"
#include "guests/bare/pl011.h"
#include "guests/bare/pl061.h"

#include <bench/kernel/marks.h>

#define SAMPLES       2000
#define SGI           5
#define DELAY_TICKS   20000 // from setting the timer to its deadline
#define DELAY_VARIES  64    // it is up to so many ticks more, so that it meets the guest's loop anywhere
#define WALK_PAGES    512
#define COMPUTE_STEPS 1000
#define TOUCH_BYTES   65536
#define TOUCH_STRIDE  64 // bytes: a cache line of most cores
#define LINE_PAIRS    24 // of value and number, in a line of samples
#define TICK_HZ       250
#define TICKS         250
#define PSCI_VERSION  0x84000000

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

struct micro_case {
    const char *suite, *name;
    u32 gic;         // 0: any version
    bool guest_only; // no machine without a hypervisor has it
    bool needs_gpio; // a PL061
    void (*prepare)(void);
    u64 (*measure)(u32 round); // one operation, in ticks; NULL: the tick
};

extern u8 micro_vectors[], vectors[];
void micro_take_interrupt(void);

static u32 samples[SAMPLES];
static u64 empty_ticks;
static u64 memory;               // WALK_PAGES pages that nothing else uses
static volatile u32 ticks_taken; // of the suite tick
static u64 tick_deadline;        // 0: the timer's next interrupt is its last

// Ticks of an operation that may change x0 to x17. It finds `a` and `b` in x0 and x1. The barriers keep a
// processor that executes out of order from moving the reads of the counter.
#define MEASURE(operation, a, b)                                                                             \
    ({                                                                                                       \
        register u64 x0_ asm("x0") = (u64)(a);                                                               \
        register u64 x1_ asm("x1") = (u64)(b);                                                               \
        u64 begin_, end_;                                                                                    \
        asm volatile(MARK_HINT(MARK_BEGIN) "isb\n"                                                           \
                                           "mrs %[begin], cntvct_el0\n"                                      \
                                           "isb\n" operation "isb\n"                                         \
                                           "mrs %[end], cntvct_el0\n" MARK_HINT(MARK_END)                    \
                     : [begin] "=&r"(begin_), [end] "=&r"(end_), "+r"(x0_), "+r"(x1_)                        \
                     :                                                                                       \
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",    \
                       "x15", "x16", "x17", "memory", "cc");                                                 \
        end_ - begin_ - empty_ticks;                                                                         \
    })

struct interrupt_time {
    u64 begin, at; // the counter before the trigger, and at the first instruction of the handler
};

// Interrupts on; `trigger`; then `wait` until one has been taken.
#define WAIT_INTERRUPT(trigger, wait, a, b)                                                                  \
    ({                                                                                                       \
        struct interrupt_time time_;                                                                         \
        asm volatile(MARK_HINT(MARK_BEGIN) "mov x28, xzr\n"                                                  \
                                           "msr daifclr, #2\n"                                               \
                                           "isb\n"                                                           \
                                           "mrs %[begin], cntvct_el0\n"                                      \
                                           "isb\n"                                                           \
                                           "isb\n" trigger "1: " wait "cbz x28, 1b\n"                        \
                                           "msr daifset, #2\n"                                               \
                                           "mov %[at], x28\n"                                                \
                     : [at] "=r"(time_.at), [begin] "=&r"(time_.begin)                                       \
                     : [x] "r"(a), [y] "r"(b)                                                                \
                     : "x28", "memory", "cc");                                                               \
        time_;                                                                                               \
    })

void micro_take_interrupt(void) {
    u32 iar = gic_acknowledge();
    if (machine.gpio_intid && gic_intid(iar) == machine.gpio_intid) {
        pl061_lower();
    } else if (gic_intid(iar) == machine.timer_intid) {
        ticks_taken++;
        if (tick_deadline) {
            tick_deadline += sysreg_read(cntfrq_el0) / TICK_HZ;
            sysreg_write(cntv_cval_el0, tick_deadline);
            isb();
        } else {
            timer_stop();
        }
    }
    gic_end(iar);
}

static void measure_empty(void) {
    u64 least = ~0UL;
    empty_ticks = 0;
    for (u32 i = 0; i < 16; i++) {
        u64 ticks = MEASURE("", 0, 0);
        least = ticks < least ? ticks : least;
    }
    empty_ticks = least;
}

static u64 measure_hvc(u32 round) {
    (void)round;
    return MEASURE("hvc #0\n", PSCI_VERSION, 0);
}

static u64 measure_gicd_read(u32 round) {
    (void)round;
    return MEASURE("ldr w2, [x0]\n", machine.gicd.base + GICD_TYPER, 0);
}

static u64 measure_gicr_read(u32 round) {
    (void)round;
    return MEASURE("ldr w2, [x0]\n", gic_register(GICD_ISENABLER, 0), 0);
}

// Enables the SGI that is enabled already.
static u64 measure_gicr_write(u32 round) {
    (void)round;
    return MEASURE("str w1, [x0]\n", gic_register(GICD_ISENABLER, 0), BIT(SGI));
}

static u64 measure_uart_read(u32 round) {
    (void)round;
    return MEASURE("ldr w2, [x0]\n", machine.uart.base + PL011_FR, 0);
}

static void prepare_sgi(void) {
    gic_enable(SGI);
}

static u64 measure_sgi_self(u32 round) {
    (void)round;
    struct interrupt_time time;
    if (machine.gic_version == 2) {
        time = WAIT_INTERRUPT("str %w[x], [%[y]]\n", "", 2U << 24 | SGI, machine.gicd.base + GICD_SGIR);
    } else {
        time = WAIT_INTERRUPT("msr icc_sgi1r_el1, %[x]\n", "", gic_sgi_self_value(SGI), 0);
    }
    return time.at - time.begin - empty_ticks;
}

static void prepare_timer(void) {
    gic_enable(machine.timer_intid);
}

static u64 start_timer(u32 round) {
    u64 deadline = timer_now() + DELAY_TICKS + round % DELAY_VARIES;
    sysreg_write(cntv_cval_el0, deadline);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    isb();
    return deadline;
}

static u64 measure_vtimer_busy(u32 round) {
    u64 deadline = start_timer(round);
    return WAIT_INTERRUPT("", "", 0, 0).at - deadline;
}

static u64 measure_vtimer_wfi(u32 round) {
    u64 deadline = start_timer(round);
    return WAIT_INTERRUPT("", "wfi\n", 0, 0).at - deadline;
}

static void prepare_pin(void) {
    (void)pl061_start();
}

static u64 measure_irq_passthrough(u32 round) {
    (void)round;
    struct interrupt_time time = WAIT_INTERRUPT("str %w[x], [%[y]]\n", "", 1, machine.gpio.base + PL061_PIN0);
    return time.at - time.begin - empty_ticks;
}

// Links the pages in random order to one ring (Sattolo's shuffle), each by its first word, and maps them as
// small pages.
static void prepare_walk(void) {
    static u16 next[WALK_PAGES];
    u64 random = 1;
    for (u32 i = 0; i < WALK_PAGES; i++) {
        next[i] = (u16)i;
    }
    for (u32 i = WALK_PAGES - 1; i > 0; i--) {
        random = random * 6364136223846793005UL + 1442695040888963407UL; // Knuth's constants
        u32 other = (u32)(random >> 33) % i;
        u16 kept = next[i];
        next[i] = next[other];
        next[other] = kept;
    }
    for (u32 i = 0; i < WALK_PAGES; i++) {
        mmu_map(i, memory + i * MMU_PAGE, MMU_NORMAL);
        write64(memory + i * MMU_PAGE, MMU_WINDOW + next[i] * MMU_PAGE);
    }
    dsb();
}

static u64 measure_walk(u32 round) {
    (void)round;
    return MEASURE("1: ldr x0, [x0]\n"
                   "subs x1, x1, #1\n"
                   "b.ne 1b\n",
                   MMU_WINDOW, WALK_PAGES);
}

static void prepare_tlbi(void) {
    mmu_map(0, memory, MMU_NORMAL);
}

// Of one page, which is then read, so that each finds an entry.
static u64 measure_tlbi(u32 round) {
    (void)round;
    u64 ticks = MEASURE("tlbi vaae1, x0\n"
                        "dsb sy\n",
                        MMU_WINDOW >> 12, 0);
    (void)read64(MMU_WINDOW);
    return ticks;
}

static u64 measure_compute(u32 round) {
    return MEASURE("1: mul x2, x0, x0\n"
                   "add x0, x2, x1\n"
                   "subs x1, x1, #1\n"
                   "b.ne 1b\n",
                   round, COMPUTE_STEPS);
}

static u64 measure_touch(u32 round) {
    (void)round;
    return MEASURE("add x1, x0, x1\n"
                   "1: str xzr, [x0], #" STRING(TOUCH_STRIDE) "\n"
                                                              "cmp x0, x1\n"
                                                              "b.lo 1b\n",
                   memory, TOUCH_BYTES);
}

// Shell sort with the gaps of Ciura.
static void sort_samples(void) {
    static const u32 gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};
    for (u32 g = 0; g < ARRAY_SIZE(gaps); g++) {
        for (u32 i = gaps[g]; i < SAMPLES; i++) {
            u32 value = samples[i], j = i;
            for (; j >= gaps[g] && samples[j - gaps[g]] > value; j -= gaps[g]) {
                samples[j] = samples[j - gaps[g]];
            }
            samples[j] = value;
        }
    }
}

static void print_samples(const struct micro_case *c, u64 ticks) {
    u32 pairs = 0;
    sort_samples();
    for (u32 i = 0, first = 0; i < SAMPLES; i = first) {
        while (first < SAMPLES && samples[first] == samples[i]) {
            first++;
        }
        if (pairs % LINE_PAIRS == 0) {
            print("%s@samples %s-%s operation freq=%lu", pairs ? "\n" : "", c->suite, c->name,
                  sysreg_read(cntfrq_el0));
        }
        print(" %u*%u", samples[i], first - i);
        pairs++;
    }
    print("\n@result %s-%s ticks=%lu freq=%lu\n", c->suite, c->name, ticks, sysreg_read(cntfrq_el0));
}

static void mark(const char *what, const struct micro_case *c, char separator) {
    print("@bench %s %s%c%s\n", what, c->suite, separator, c->name);
    console_flush();
}

static void run_case(const struct micro_case *c) {
    if (c->prepare) {
        c->prepare();
    }
    measure_empty();
    mark("begin", c, '/');
    mark("end", c, '/');
    mark("begin", c, '-');
    u64 begin = timer_now();
    for (u32 i = 0; i < SAMPLES; i++) {
        samples[i] = (u32)c->measure(i);
    }
    u64 end = timer_now();
    mark("end", c, '-');
    print_samples(c, end - begin);
}

// A busy guest with a tick that it sets anew in each handler.
static void run_tick(const struct micro_case *c) {
    prepare_timer();
    mark("begin", c, '/');
    mark("end", c, '/');
    mark("begin", c, '-');
    ticks_taken = 0;
    tick_deadline = timer_now() + sysreg_read(cntfrq_el0) / TICK_HZ;
    sysreg_write(cntv_cval_el0, tick_deadline);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    while (ticks_taken < TICKS) {
        if (ticks_taken == TICKS - 1) {
            tick_deadline = 0;
        }
        (void)WAIT_INTERRUPT("", "", 0, 0);
    }
    mark("end", c, '-');
    print("@result %s-%s ticks=%u freq=%lu\n", c->suite, c->name, TICKS, sysreg_read(cntfrq_el0));
}

static const struct micro_case cases[] = {
    {.suite = "micro", .name = "hvc", .guest_only = true, .measure = measure_hvc},
    {.suite = "micro", .name = "gicd-read", .measure = measure_gicd_read},
    {.suite = "micro", .name = "gicr-read", .gic = 3, .measure = measure_gicr_read},
    {.suite = "micro", .name = "gicr-write", .gic = 3, .measure = measure_gicr_write},
    {.suite = "micro", .name = "uart-read", .measure = measure_uart_read},
    {.suite = "micro", .name = "sgi-self", .prepare = prepare_sgi, .measure = measure_sgi_self},
    {.suite = "micro", .name = "vtimer-busy", .prepare = prepare_timer, .measure = measure_vtimer_busy},
    {.suite = "micro", .name = "vtimer-wfi", .prepare = prepare_timer, .measure = measure_vtimer_wfi},
    {.suite = "micro",
     .name = "irq-passthrough",
     .needs_gpio = true,
     .prepare = prepare_pin,
     .measure = measure_irq_passthrough},
    {.suite = "micro", .name = "walk-4k", .prepare = prepare_walk, .measure = measure_walk},
    {.suite = "micro", .name = "tlbi", .prepare = prepare_tlbi, .measure = measure_tlbi},
    {.suite = "micro", .name = "compute", .measure = measure_compute},
    {.suite = "micro", .name = "touch", .measure = measure_touch},
    {.suite = "tick", .name = "el2-per-tick", .guest_only = true},
};

// Whether the command line asks for the case, by SUITE-NAME, or for none at all.
static bool is_chosen(const struct micro_case *c, const char *chosen) {
    const char *n = c->suite, *at = chosen;
    while (*n && *at == *n) {
        n++;
        at++;
    }
    return !*chosen || (!*n && *at == '-' && string_equal(at + 1, c->name));
}

// Room for the pages below `end`.
static u64 memory_below(u64 end) {
    return (end - (WALK_PAGES + 1) * MMU_PAGE) & ~(MMU_PAGE - 1);
}

void mode_micro(void) {
    char chosen[48];
    u32 runs = 0;
    machine_option("glacis.case", chosen, sizeof(chosen));
    memory = memory_below(machine.ram.base + machine.ram.size);
    if (memory < machine.fdt.base + machine.fdt.size) {
        memory = memory_below(machine.fdt.base);
    }
    if (memory < (u64)__image_end) {
        print("@fail %s the guest has too little memory: give it 16 MiB\n", chosen);
        return;
    }
    mmu_build();
    mmu_switch(SCTLR_M | SCTLR_C | SCTLR_I);
    sysreg_write(vbar_el1, (u64)micro_vectors);
    isb();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct micro_case *c = &cases[i];
        if (!is_chosen(c, chosen) || (c->gic && c->gic != machine.gic_version) ||
            (c->guest_only && machine.boot_level == 2) || (c->needs_gpio && !machine.gpio.size)) {
            continue;
        }
        gic_init();
        if (c->measure) {
            run_case(c);
        } else {
            run_tick(c);
        }
        runs++;
    }
    asm volatile(MARK_HINT(MARK_FINISH));
    sysreg_write(vbar_el1, (u64)vectors);
    isb();
    mmu_switch(0);
    if (runs == 0) {
        print("@fail %s no such case on this machine: see guests/bare/micro.c\n", chosen);
    }
}
