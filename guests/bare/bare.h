// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// What the files of the bare-metal guest share: the machine as its device tree describes it, exceptions, the
// interrupt controller, the timer, and how a test reports.
//
// Invariants:
// 1. Outside a test function interrupts are masked at the PE, the MMU is off and data is little-endian.
// 2. C code uses general registers only; FP and SIMD registers belong to the test that loads them.
// 3. Every spin loop yields, so that an emulator that counts instructions can go on.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n)        (1UL << (n))

// ---- Registers and memory ----

#define sysreg_read(name)                                                                                    \
    ({                                                                                                       \
        u64 sysreg_value_;                                                                                   \
        asm volatile("mrs %0, " #name : "=r"(sysreg_value_)::"memory");                                      \
        sysreg_value_;                                                                                       \
    })
#define sysreg_write(name, value) asm volatile("msr " #name ", %0" ::"r"((u64)(value)) : "memory")
#define isb()                     asm volatile("isb" ::: "memory")
#define dsb()                     asm volatile("dsb sy" ::: "memory")

static inline u32 read32(u64 address) {
    u32 value;
    asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void write32(u64 address, u32 value) {
    asm volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline u8 read8(u64 address) {
    u32 value;
    asm volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return (u8)value;
}

static inline void write8(u64 address, u8 value) {
    asm volatile("strb %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline void write16(u64 address, u16 value) {
    asm volatile("strh %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline u64 read64(u64 address) {
    u64 value;
    asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void write64(u64 address, u64 value) {
    asm volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
}

// ---- The machine (fdt.c, machine.c) ----

struct region {
    u64 base;
    u64 size; // bytes
};

enum machine_conduit { CONDUIT_NONE, CONDUIT_SMC, CONDUIT_HVC };

struct machine {
    struct region fdt;
    struct region ram;
    struct region initrd;
    struct region uart;
    struct region gpio; // a PL061, if there is one
    struct region gicd;
    struct region gicc; // GICv2 only
    struct region gicr; // GICv3 only
    u32 gic_version;    // 2 or 3; 0: the tree names none
    u32 uart_intid;
    bool uart_is_generic; // the SBSA's: the PL011's data, flags and interrupts alone, set up already
    u32 gpio_intid;
    u32 timer_intid;  // of the virtual timer
    u32 ptimer_intid; // of the physical timer
    u32 pmu_intid;    // of the PMU; 0: the tree names none
    u32 cpus;
    u64 absent_cpu; // an affinity that no CPU of the tree has
    enum machine_conduit conduit;
    u32 boot_level; // exception level at which the image was entered
    bool guest;     // env=guest (the default): expect what Glacis promises to its guests
    char bootargs[512];
};
extern struct machine machine;
extern u8 __image_start[], __image_end[];

// Reads the tree at `fdt` into `machine`. False if there is no usable tree.
bool machine_parse(u64 fdt);
// Finds `key=` in the command line and copies its value. False (and an empty string) if it is absent.
bool machine_option(const char *key, char *value, size_t size);
// Finds `key=` and returns its value, a decimal number; `otherwise` if it is absent.
u64 machine_option_number(const char *key, u64 otherwise);
// An address near the devices that nothing owns.
u64 machine_hole(void);

// ---- Console (console.c) ----

// Puts the UART in its working state; also after a test that changed it.
void console_init(void);
void console_put(char c);
// Waits until the last character has left.
void console_flush(void);
// %s %c %d %u %x; %lu and %lx for 64 bits.
void print_list(const char *format, va_list *list);
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

// ---- Exceptions (entry.S, trap.c) ----

struct trap_frame {
    u64 x[31];
    u64 sp, elr, spsr;
};

enum exception_class {
    EC_UNKNOWN = 0x00,
    EC_SVC64 = 0x15,
    EC_INSTRUCTION_ABORT_LOWER = 0x20,
    EC_INSTRUCTION_ABORT = 0x21,
    EC_PC_ALIGNMENT = 0x22,
    EC_DATA_ABORT = 0x25,
    EC_BRK64 = 0x3c,
};
#define ESR_EC(esr)          ((u32)((esr) >> 26) & 0x3f)
#define ESR_FSC(esr)         ((u32)(esr)&0x3f)
#define ESR_WNR              BIT(6)
#define FSC_EXTERNAL         0x10
#define FSC_EXTERNAL_WALK_L1 0x15

// The first synchronous exception since trap_arm(). While armed, an exception is recorded and its instruction
// skipped; a failed instruction fetch returns to the link register.
struct trap_record {
    bool armed;
    u32 count;
    u64 vector; // 4: from EL1 with SP_EL1, 8: from EL0
    u64 esr, far, elr;
};
extern volatile struct trap_record trap;

void trap_arm(void);
// Returns whether an exception was taken since trap_arm().
bool trap_disarm(void);

// One access, exceptions caught. Returns false if it raised an exception.
bool probe_read(u64 address, unsigned width, u64 *value);
bool probe_write(u64 address, unsigned width, u64 value);
// Calls an address and catches the abort of its fetch. Returns false if it raised an exception.
bool probe_call(u64 address);

#define trap_try(...)                                                                                        \
    ({                                                                                                       \
        trap_arm();                                                                                          \
        asm volatile(__VA_ARGS__);                                                                           \
        !trap_disarm();                                                                                      \
    })
// Reads a system register that may be undefined. False if it is.
#define sysreg_try(name, value) trap_try("mrs %0, " #name : "+r"(value)::"memory")

struct trap_context {
    u64 words[13];
};
// Returns 0; once more, with 1, when an unexpected exception escapes to the context.
int trap_context_save(struct trap_context *context) __attribute__((returns_twice));
_Noreturn void trap_context_restore(struct trap_context *context);
extern struct trap_context trap_escape;
void trap_handle(u64 vector, struct trap_frame *frame);

struct smc_registers {
    u64 x[18];
};
void smc_call(struct smc_registers *registers);
void hvc_call(struct smc_registers *registers);

static inline void irq_enable(void) {
    asm volatile("msr daifclr, #2" ::: "memory");
}
static inline void irq_disable(void) {
    asm volatile("msr daifset, #2" ::: "memory");
}

// ---- Interrupts (gic.c) ----

#define GIC_SPURIOUS         1023
#define GIC_DEFAULT_PRIORITY 0xa0
#define GIC_INTIDS           1024

// What a taken interrupt does. The default counts it and ends it.
extern void (*irq_hook)(u32 iar);
// What an exception does for which there is no interrupt; NULL: nothing.
extern void (*irq_hook_none)(void);
// What an FIQ does; NULL: the running test fails.
extern void (*fiq_hook)(void);
extern volatile u32 irq_count[GIC_INTIDS];
extern volatile u32 irq_spurious;
void irq_dispatch(void);
void irq_count_and_end(u32 iar);

// Brings distributor, redistributor and CPU interface to a known state: everything disabled, inactive and
// idle.
void gic_init(void);
u32 gic_intid(u32 iar);
u32 gic_lines(void);                     // number of INTIDs implemented
u32 gic_free_spi(void);                  // an SPI that no device uses
u64 gic_register(u32 offset, u32 intid); // address of the 32-bit word for `intid` in a one-bit-an-INTID array
u64 gic_priority_register(u32 intid);    // address of its priority byte
u64 gic_config_register(u32 intid);      // address of its configuration word
void gic_enable(u32 intid);
void gic_disable(u32 intid);
bool gic_bit(u32 offset, u32 intid);
void gic_set_bit(u32 offset, u32 intid);
void gic_set_priority(u32 intid, u8 priority);
void gic_set_edge(u32 intid, bool edge);
// Into the group that this version's guests do not use, which is then enabled too. On a GICv2 it stays an IRQ
// that gic_acknowledge() takes (GICC_CTLR.AckCtl); on a GICv3 it becomes an FIQ.
void gic_change_group(u32 intid);
void gic_sgi_self(u32 intid);
u64 gic_sgi_self_value(u32 intid); // GICv3: what ICC_SGI1R_EL1 takes for it
u32 gic_acknowledge(void);
void gic_end(u32 iar);
void gic_deactivate(u32 iar);
// Of group 0 on a GICv3, whose interrupts are FIQs.
u32 gic_acknowledge_fast(void);
void gic_end_fast(u32 iar);
void gic_set_mask(u8 priority);
// Interrupts preempt only if they differ above bit `bit` - 1 of the priority.
void gic_set_group_split(unsigned bit);
void gic_set_end_mode(bool split);
u32 gic_mask(void);
u32 gic_running_priority(void);
// Running priority << 8 and priority mask, as they were found at boot, and as a reset leaves them.
extern u32 gic_at_boot;
// GICv2: compares the registers with their reset values, for gicv2-reset.
void gic_v2_note_reset_state(void);
#define GIC_AT_RESET 0xff00
u32 gic_highest_pending(void);

enum gic_offset {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IIDR = 0x008,
    GICD_SETSPI_NSR = 0x040,
    GICD_CLRSPI_NSR = 0x048,
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ISPENDR = 0x200,
    GICD_ICPENDR = 0x280,
    GICD_ISACTIVER = 0x300,
    GICD_ICACTIVER = 0x380,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICD_SGIR = 0xf00,
    GICD_CPENDSGIR = 0xf10,
    GICD_SPENDSGIR = 0xf20,
    GICD_IROUTER = 0x6000,
    GICR_CTLR = 0x0000,
    GICR_IIDR = 0x0004,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_SGI_BASE = 0x10000,
};

// ---- Time (timer.c) ----

#define TIMER_ENABLE  BIT(0)
#define TIMER_IMASK   BIT(1)
#define TIMER_ISTATUS BIT(2)

u64 timer_now(void);
u64 timer_ticks(u64 microseconds);
void timer_stop(void);
// One interrupt after so many microseconds.
void timer_start(u64 microseconds);
// The same of the physical timer.
u64 ptimer_now(void);
void ptimer_start(u64 microseconds);
void ptimer_stop(void);

// A periodic tick of the virtual timer: installs the interrupt hook; `left` counts down to 0, then the timer
// stops.
struct ticker {
    u64 period; // microseconds
    volatile u64 left;
    volatile u64 count;
};
extern struct ticker ticker;
void ticker_start(u64 period, u64 ticks);

// Waits until a condition holds; false after so many milliseconds.
#define wait_until(condition, milliseconds)                                                                  \
    ({                                                                                                       \
        u64 wait_end_ = timer_now() + timer_ticks((milliseconds)*1000UL);                                    \
        bool wait_ok_;                                                                                       \
        while (!(wait_ok_ = (condition)) && timer_now() < wait_end_) {                                       \
            asm volatile("yield" ::: "memory");                                                              \
        }                                                                                                    \
        wait_ok_;                                                                                            \
    })

// ---- Tests (main.c) ----

struct test {
    const char *name; // <group>-<behaviour>; the group is chosen by the prefix
    void (*run)(void);
    u32 gic;         // 0: any version
    bool guest_only; // promised by Glacis, not by every machine
};
struct test_group {
    const struct test *tests;
    size_t count;
};
#define TEST_GROUP(list)                                                                                     \
    { .tests = (list), .count = ARRAY_SIZE(list) }

extern const struct test_group group_memory, group_el, group_timer, group_ptimer, group_pmu, group_gic,
    group_gic_deep, group_gic_view, group_gic_v2, group_gic_v3, group_passed, group_pending, group_pl011,
    group_psci, group_mmu, group_state, group_abuse, group_sweep;

// Records a failure unless got == want. `what` is a format for one optional number.
bool check_equal(u64 got, u64 want, const char *what, ...) __attribute__((format(printf, 3, 4)));
bool check(bool ok, const char *what, ...) __attribute__((format(printf, 2, 3)));
void test_skip(const char *why);
// The running test has been skipped or has failed.
bool test_ended(void);

_Noreturn void machine_off(void);
// PSCI SYSTEM_RESET; returns what the call returns, if it does.
u64 machine_reset(void);
void mode_loop(bool in_memory) __attribute__((noreturn));
void mode_reset(void);
void mode_idle(void) __attribute__((noreturn));
void mode_spin(void) __attribute__((noreturn));
void mode_micro(void);
void mode_storm(void);
void mode_deaf(void);
void mode_chaos(void);
void mode_storm_reset(void);
void mode_share(void);
void mode_latency(void);
void mode_interference(void);
