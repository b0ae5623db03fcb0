// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Modes that do not end by themselves, or end in a reset; whoever started the run looks at the console and
// stops it.
#include "guests/bare/mmu.h"

// An exception loop: `LOOP`, then every exception raises the next, at the fetch from the vector. With vectors
// where nothing is, each one leaves the guest; with vectors in zeroed memory (an undefined instruction) none
// does.
void mode_loop(bool in_memory) {
    static u8 zeros[2048] __attribute__((aligned(2048)));
    print("LOOP\n");
    console_flush();
    sysreg_write(vbar_el1, in_memory ? (u64)zeros : machine_hole());
    isb();
    asm volatile("svc #0");
    for (;;) {
        asm volatile("yield");
    }
}

#define RESET_MARK 0x476c61636973523aUL

static volatile u64 pristine_data = 1;
static volatile u64 pristine_bss;

// The virtual count of a guest begins at 0 with each start; no timer and no counter of the time before runs.
static void check_fresh_time(void) {
    u64 count = timer_now(), control = 0, version = sysreg_read(id_aa64dfr0_el1) >> 8 & 15;
    bool fresh = count < timer_ticks(50000) && !(sysreg_read(cntv_ctl_el0) & TIMER_ENABLE);
    if (sysreg_try(cntp_ctl_el0, control)) {
        fresh = fresh && !(control & TIMER_ENABLE);
    }
    if (version != 0 && version != 15) {
        fresh = fresh && !(sysreg_read(pmcr_el0) & 1) && sysreg_read(pmcntenset_el0) == 0 &&
                sysreg_read(pmintenset_el1) == 0 && sysreg_read(pmevtyper0_el0) == 0;
    }
    if (fresh) {
        print("PASS reset-time\n");
    } else {
        print(
            "FAIL reset-time: CNTVCT_EL0 %lu, CNTV_CTL_EL0 %lu, CNTP_CTL_EL0 %lu, or a register of the PMU\n",
            count, sysreg_read(cntv_ctl_el0), control);
    }
}

// What check_fresh_time looks at, all of it running.
static void spoil_time(void) {
    u64 control = 0, version = sysreg_read(id_aa64dfr0_el1) >> 8 & 15;
    sysreg_write(cntv_cval_el0, 0);
    sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
    if (sysreg_try(cntp_ctl_el0, control)) {
        sysreg_write(cntp_cval_el0, 0);
        sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
    }
    if (version != 0 && version != 15) {
        sysreg_write(pmevtyper0_el0, 0x11);
        sysreg_write(pmevcntr0_el0, 0xffffff00);
        sysreg_write(pmcntenset_el0, 1);
        sysreg_write(pmintenset_el1, 1);
        sysreg_write(pmcr_el0, 1);
    }
    isb();
}

// Each boot checks that the image is as loaded and the time new, spoils it and the device tree, and resets. A
// mark in the last page of RAM counts the boots where memory outlives a reset; after `reset=N` resets
// (default 2) the mode ends. Where it does not, each boot is the first, and the run ends when its observer
// has seen enough `RESET` lines.
void mode_reset(void) {
    volatile u64 *mark = (volatile u64 *)(machine.ram.base + machine.ram.size - MMU_PAGE);
    char option[8];
    u64 limit = machine_option("reset", option, sizeof(option)) ? (u64)(option[0] - '0') : 2;
    u64 resets = mark[0] == RESET_MARK ? mark[1] : 0;
    bool pristine = pristine_data == 1 && pristine_bss == 0;
    print("%s reset-pristine%s\n", pristine ? "PASS" : "FAIL",
          pristine ? "" : ": data of the image outlived a reset");
    if (machine.guest) {
        check_fresh_time();
    }
    isb();
    if (resets >= limit || (machine.guest && sysreg_read(cntpct_el0) > limit * timer_ticks(100000))) {
        mark[0] = 0;
        return;
    }
    mark[0] = RESET_MARK;
    mark[1] = resets + 1;
    pristine_data = 2;
    pristine_bss = 2;
    print("RESET %lu\n", resets + 1);
    console_flush();
    spoil_time();
    ((volatile u32 *)machine.fdt.base)[0] = 0;
    ((volatile u32 *)__image_start)[14] = 0; // magic of the header
    print("FAIL reset-pristine: SYSTEM_RESET returned 0x%lx\n", machine_reset());
}

void mode_idle(void) {
    print("IDLE\n");
    for (;;) {
        asm volatile("wfi");
    }
}

// A dot each 100 ms, busy all the time.
void mode_spin(void) {
    print("SPIN\n");
    for (u64 next = timer_now();;) {
        next += timer_ticks(100000);
        while (timer_now() < next) {
            asm volatile("yield");
        }
        print(".");
    }
}
