// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The bare-metal guest: chooses tests by `test=` of the command line, runs each in a fresh machine state,
// reports.
//
// Command line: test=all | a group | a test | loop | loop-memory | reset | idle | spin | micro | storm | deaf
// | storm-reset | share | latency | chaos | interference (several by commas); env=guest (default) | native;
// sweep=N: stride in bytes of the register sweeps; reset=N: resets of test=reset; count=N: interrupts of each
// count-* test; seconds=N: the selected tests run again and again, for so long.
#include "guests/bare/fdt.h"
#include "guests/bare/pl011.h"

void main(u64 fdt, u64 boot_level);

// In this order, so that later groups may rely on what earlier ones proved. Memory comes before all that
// writes it.
static const struct test_group *const groups[] = {
    &group_memory,   &group_el,       &group_timer,  &group_ptimer, &group_pmu,    &group_gic,
    &group_gic_deep, &group_gic_view, &group_gic_v2, &group_gic_v3, &group_passed, &group_pending,
    &group_pl011,    &group_state,    &group_mmu,    &group_psci,   &group_abuse,  &group_sweep,
};

static struct {
    const char *name; // NULL outside a test
    bool failed, skipped;
} current;
static u32 passed, failed, skipped;
static bool again; // the selected tests run once more: a test that passes is not named

static void fail(const char *what, va_list *list) {
    print("%s %s: ", current.failed ? "# also" : "FAIL", current.name ? current.name : "machine");
    print_list(what, list);
    current.failed = true;
}

bool check(bool ok, const char *what, ...) {
    if (!ok) {
        va_list list;
        va_start(list, what);
        fail(what, &list);
        va_end(list);
        print("\n");
    }
    return ok;
}

bool check_equal(u64 got, u64 want, const char *what, ...) {
    if (got != want) {
        va_list list;
        va_start(list, what);
        fail(what, &list);
        va_end(list);
        print(" (expected 0x%lx, got 0x%lx)\n", want, got);
    }
    return got == want;
}

void test_skip(const char *why) {
    if (!test_ended()) {
        if (!again) {
            print("SKIP %s: %s\n", current.name, why);
        }
        current.skipped = true;
    }
}

bool test_ended(void) {
    return current.failed || current.skipped;
}

static void run_test(const struct test *test) {
    current.name = test->name;
    current.failed = current.skipped = false;
    if (test->gic && test->gic != machine.gic_version) {
        return;
    }
    if (test->guest_only && !machine.guest) {
        test_skip("holds for guests only");
    } else {
        timer_stop();
        gic_init();
        if (trap_context_save(&trap_escape) == 0) {
            test->run();
        }
        irq_disable();
        timer_stop();
    }
    if (!test_ended() && !again) {
        print("PASS %s\n", test->name);
    }
    passed += !test_ended();
    failed += current.failed;
    skipped += current.skipped;
}

// An item of the list selects the test of that name and all whose name begins with the item and a hyphen.
static bool selected(const char *name, const char *list) {
    while (*list) {
        const char *n = name, *item = list;
        while (*item && *item != ',' && *item == *n) {
            item++;
            n++;
        }
        bool ended = !*item || *item == ',';
        if (ended && (!*n || *n == '-')) {
            return true;
        }
        while (*list && *list++ != ',') {
        }
    }
    return false;
}

static void run_selected(const char *list) {
    bool all = string_equal(list, "all");
    for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
        for (size_t t = 0; t < groups[g]->count; t++) {
            if (all || selected(groups[g]->tests[t].name, list)) {
                run_test(&groups[g]->tests[t]);
            }
        }
    }
    current.name = NULL;
    if (passed + failed + skipped == 0) {
        print("FAIL machine: no test is named %s: use all, a group, a test or a mode (guests/bare/main.c)\n",
              list);
    }
}

static void run_for(const char *list, u64 seconds) {
    u64 end = timer_now() + timer_ticks(seconds * 1000000);
    run_selected(list);
    for (again = true; timer_now() < end && !failed;) {
        run_selected(list);
    }
}

_Noreturn void machine_off(void) {
    struct smc_registers off = {.x = {0x84000008}}; // PSCI SYSTEM_OFF (DEN0022 5.1.9)
    console_flush();
    if (machine.conduit == CONDUIT_SMC) {
        smc_call(&off);
    } else if (machine.conduit == CONDUIT_HVC) {
        hvc_call(&off);
    }
    for (;;) {
        asm volatile("wfi");
    }
}

u64 machine_reset(void) {
    struct smc_registers reset = {.x = {0x84000009}}; // PSCI SYSTEM_RESET (DEN0022 5.1.11)
    dsb();
    console_flush();
    if (machine.conduit == CONDUIT_HVC) {
        hvc_call(&reset);
    } else {
        smc_call(&reset);
    }
    return reset.x[0];
}

static void announce(void) {
    static const char *const conduits[] = {"none", "smc", "hvc"};
    print("Glacis bare-metal guest: %s, entered at EL%u, GICv%u, PSCI by %s, %lu MiB of RAM at 0x%lx\n",
          machine.guest ? "guest" : "native", machine.boot_level, machine.gic_version,
          conduits[machine.conduit], machine.ram.size >> 20, machine.ram.base);
}

void main(u64 fdt, u64 boot_level) {
    // An ELF loader that is not Linux's leaves the tree at the start of RAM, 2 MiB below the image.
    if (!machine_parse(fdt) && !machine_parse((u64)__image_start - 0x200000)) {
        return;
    }
    machine.boot_level = (u32)boot_level;
    if (!machine.uart_is_generic) {
        pl011_note_reset_state();
        console_init();
    }
    announce();
    if (!machine.gic_version || !machine.ram.size || !machine.timer_intid) {
        print("FAIL machine: the device tree lacks a GIC, memory or timer: give a complete tree\nDONE\n");
        machine_off();
    }
    if (trap_context_save(&trap_escape)) {
        print("DONE\n");
        machine_off();
    }
    char list[96];
    if (!machine_option("test", list, sizeof(list))) {
        list[0] = 'a', list[1] = list[2] = 'l', list[3] = 0;
    }
    gic_at_boot = gic_running_priority() << 8 | gic_mask();
    if (machine.gic_version == 2) {
        gic_v2_note_reset_state();
    }
    gic_init();
    if (string_equal(list, "loop") || string_equal(list, "loop-memory")) {
        mode_loop(string_equal(list, "loop-memory"));
    } else if (string_equal(list, "idle")) {
        mode_idle();
    } else if (string_equal(list, "spin")) {
        mode_spin();
    } else if (string_equal(list, "micro")) {
        mode_micro();
    } else if (string_equal(list, "storm")) {
        mode_storm();
    } else if (string_equal(list, "deaf")) {
        mode_deaf();
    } else if (string_equal(list, "chaos")) {
        mode_chaos();
    } else if (string_equal(list, "storm-reset")) {
        mode_storm_reset();
    } else if (string_equal(list, "share")) {
        mode_share();
    } else if (string_equal(list, "latency")) {
        mode_latency();
    } else if (string_equal(list, "interference")) {
        mode_interference();
    } else if (string_equal(list, "reset")) {
        mode_reset();
    } else {
        run_for(list, machine_option_number("seconds", 0));
        print("# %u passed, %u failed, %u skipped\n", passed, failed, skipped);
    }
    print("DONE\n");
    machine_off();
}
