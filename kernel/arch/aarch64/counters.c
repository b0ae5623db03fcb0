// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Retired instructions by exception level, for VCPU_Statistics: PMU event counters 3, 4 and 5, which
// MDCR_EL2.HPMN keeps from EL1 and EL0 (Arm ARM D8.11.2, D17.2.101). Whose EL0 it was, a guest's or a
// component's, is known by reading its count wherever a vCPU is entered or left.
//
// Invariant: each counter is sampled before it can wrap: at core->arch.counters_deadline.
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>

#define FIRST_COUNTER    3
#define LAST_COUNTER     5
#define EVENT_RETIRED    0x08u
#define FILTER_EL0       0x80000000u // P: not at EL1
#define FILTER_EL1       0x40000000u // U: not at EL0
#define FILTER_EL2       0xc8000000u // P, U, and NSH: at EL2
#define SAMPLES_A_SECOND 8           // 2^32 instructions in 125 ms would be 34 GHz

enum { COUNT_EL0, COUNT_EL1, COUNT_EL2 };

static ticks_t sample_period;

static void counters_read(uint32_t counts[3]) {
    counts[COUNT_EL0] = (uint32_t)SYSREG_READ("pmevcntr3_el0");
    counts[COUNT_EL1] = (uint32_t)SYSREG_READ("pmevcntr4_el0");
    counts[COUNT_EL2] = (uint32_t)SYSREG_READ("pmevcntr5_el0");
}

void counters_init_core(struct core *core) {
    word_t mdcr = MDCR_TPM | MDCR_TPMCR | MDCR_TPMS | MDCR_TTRF | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA;
    unsigned count = pmu_version() ? SYSREG_READ("pmcr_el0") >> 11 & 31 : 0;
    core->arch.has_counters = count > LAST_COUNTER;
    core->arch.counters_deadline = ~0ull;
    pmu_init(core->arch.has_counters ? FIRST_COUNTER : count);
    if (!core->arch.has_counters) {
        SYSREG_WRITE("mdcr_el2", mdcr | count);
        return;
    }
    SYSREG_WRITE("mdcr_el2", mdcr | MDCR_HPME | FIRST_COUNTER);
    isb();
    SYSREG_WRITE("pmevtyper3_el0", FILTER_EL0 | EVENT_RETIRED);
    SYSREG_WRITE("pmevtyper4_el0", FILTER_EL1 | EVENT_RETIRED);
    SYSREG_WRITE("pmevtyper5_el0", FILTER_EL2 | EVENT_RETIRED);
    SYSREG_WRITE("pmcntenset_el0", 7u << FIRST_COUNTER);
    isb();
    counters_read(core->arch.counter_last);
    core->arch.counter_other = -core->arch.counter_last[COUNT_EL0];
    sample_period = SYSREG_READ("cntfrq_el0") / SAMPLES_A_SECOND;
    core->arch.counters_deadline = arch_timer_now() + sample_period;
}

void counters_sample(struct core *core) {
    if (!core->arch.has_counters)
        return;
    uint32_t counts[3], *last = core->arch.counter_last;
    word_t *sums = core->arch.counters;
    bool native = !core->arch.vcpu_active;
    counters_read(counts);
    uint32_t other = core->arch.counter_other + (native ? counts[COUNT_EL0] : 0);
    core->arch.counter_other = native ? -counts[COUNT_EL0] : 0;
    sums[COUNTERS_OTHER_EL0] += other;
    sums[COUNTERS_GUEST_EL0] += counts[COUNT_EL0] - last[COUNT_EL0] - other;
    sums[COUNTERS_GUEST_EL1] += counts[COUNT_EL1] - last[COUNT_EL1];
    sums[COUNTERS_EL2] += counts[COUNT_EL2] - last[COUNT_EL2];
    for (unsigned i = 0; i < 3; i++)
        last[i] = counts[i];
    core->arch.counters_deadline = core->now + sample_period;
}
