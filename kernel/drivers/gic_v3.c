// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// GICv3 (IHI 0069): distributor, this core's redistributor, and the system registers of the CPU interface
// (ICC_) and of the virtual one (ICH_). One security state, or the Non-secure view of two.
//
// Invariants: those of gic.h; LPIs stay off.
#include <arch/internal.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <board.h>
#include <kernel/drivers/gic.h>
#include <kernel/drivers/gic_distributor.h>

// Distributor beyond GICv2's (12.9): affinity routing, both enables as either view names them; IROUTER.
#define GICD_CTLR_ARE     BIT(4)
#define GICD_CTLR_ENABLES 3u
#define GICD_CTLR_RWP     BIT(31)
#define GICD_IROUTER      0x6000
// Redistributor (12.11): RD_base frame, then SGI_base.
#define GICR_CTLR         0x0000
#define GICR_CTLR_RWP     BIT(3)
#define GICR_TYPER        0x0008
#define GICR_TYPER_VLPIS  BIT(1)
#define GICR_TYPER_LAST   BIT(4)
#define GICR_WAKER        0x0014
#define GICR_WAKER_SLEEP  BIT(1)
#define GICR_WAKER_ASLEEP BIT(2)
#define GICR_SGI_BASE     0x10000
#define GICR_FRAME        0x20000
#define PRIVATE_IRQS      32
#define SPURIOUS_FIRST    1020
#define WAIT_TURNS        1000000

const uint64_t gic_lr_group = LR_GROUP1;
const bool gic_lr_has_source = false;
const bool gic_looks_late = false;
unsigned gic_lr_count;
uint32_t gic_hcr_dir;

static volatile void *distributor;
static struct gic_registers frames;
static unsigned irq_count, apr_count;

// Waits for the effect of a write to a register with RWP. Bound: WAIT_TURNS.
static void wait_clear(volatile void *base, unsigned offset, word_t bit) {
    for (unsigned turn = 0; turn < WAIT_TURNS; turn++) {
        if (!(mmio_read32(base, offset) & bit))
            return;
        __asm__ volatile("yield");
    }
    kernel_panic(
        "the GIC does not finish a register write (offset %x): check its addresses in the device tree",
        offset);
}

// The frame with an interrupt's bits: SGIs and PPIs are the redistributor's.
static ALWAYS_INLINE volatile void *frame_of(unsigned irq) {
    return irq < PRIVATE_IRQS ? (volatile char *)arch_core()->arch.redistributor + GICR_SGI_BASE
                              : distributor;
}

// The frame of the core that runs this. Bound: the frames of the region.
static volatile void *find_redistributor(void) {
    word_t mpidr = SYSREG_READ("mpidr_el1"), affinity = (mpidr & 0xffffff) | (mpidr >> 8 & 0xff000000);
    for (word_t offset = 0; offset + GICR_FRAME <= frames.redistributors_size; offset += GICR_FRAME) {
        volatile void *frame = (volatile char *)frames.redistributors + offset;
        word_t type = mmio_read64(frame, GICR_TYPER);
        if (type >> 32 == affinity)
            return frame;
        if (type & GICR_TYPER_LAST)
            break;
        if (type & GICR_TYPER_VLPIS)
            offset += GICR_FRAME; // GICv4: two more frames of 64 KiB
    }
    kernel_panic("no GIC redistributor has this CPU's affinity %lx: check the GIC's reg in the device tree",
                 affinity);
}

void gic_init(const struct gic_registers *registers) {
    frames = *registers;
    distributor = registers->distributor;
    mmio_write32(distributor, GICD_CTLR, 0);
    wait_clear(distributor, GICD_CTLR, GICD_CTLR_RWP);
    irq_count = distributor_irq_count(distributor);
    mmio_write32(distributor, GICD_CTLR, GICD_CTLR_ARE); // before the registers whose meaning it changes
    wait_clear(distributor, GICD_CTLR, GICD_CTLR_RWP);
    for (unsigned irq = PRIVATE_IRQS; irq < irq_count; irq += 32) // bound: 1020
        distributor_reset_block(distributor, irq, ~0u);
    word_t affinity = SYSREG_READ("mpidr_el1") & 0xff00ffffff;
    for (unsigned irq = PRIVATE_IRQS; irq < irq_count; irq++) // bound: 1020
        mmio_write64(distributor, GICD_IROUTER + 8 * irq, affinity);
    wait_clear(distributor, GICD_CTLR, GICD_CTLR_RWP);
    mmio_write32(distributor, GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLES);
    wait_clear(distributor, GICD_CTLR, GICD_CTLR_RWP);
}

// ICH_VTR_EL2 (12.4.13): ListRegs [4:0], PREbits [28:26]: 5, 6, 7 bits of preemption have 1, 2, 4 registers;
// TDS [19]: ICH_HCR_EL2.TDIR [14] traps ICC_DIR_EL1 alone; else TC [10] does, with the registers of both
// groups.
static void virtual_init(void) {
    word_t type = SYSREG_READ("ich_vtr_el2");
    gic_lr_count = (unsigned)(type & 31) + 1;
    if (gic_lr_count > VGIC_MAX_LRS)
        gic_lr_count = VGIC_MAX_LRS;
    if (gic_lr_count < GIC_MIN_LRS)
        kernel_panic("the GIC has %u list registers, the kernel needs %u: use a board with more",
                     gic_lr_count, GIC_MIN_LRS);
    unsigned preemption_bits = (unsigned)(type >> 26 & 7) + 1;
    apr_count = preemption_bits <= 5 ? 1 : 1u << (preemption_bits - 5);
    gic_hcr_dir = type & BIT(19) ? BIT(14) : BIT(10);
    SYSREG_WRITE("ich_hcr_el2", 0);
    for (unsigned i = 0; i < gic_lr_count; i++)
        gic_lr_write(i, 0);
    SYSREG_WRITE("ich_vmcr_el2", GIC_VMCR_RESET);
}

void gic_init_core(struct core *core) {
    volatile void *redistributor = core->arch.redistributor = find_redistributor();
    uint32_t waker = mmio_read32(redistributor, GICR_WAKER);
    mmio_write32(redistributor, GICR_WAKER, waker & ~(uint32_t)GICR_WAKER_SLEEP);
    wait_clear(redistributor, GICR_WAKER, GICR_WAKER_ASLEEP);
    volatile void *sgi = frame_of(0);
    distributor_reset_block(sgi, 0, ~0u);
    wait_clear(redistributor, GICR_CTLR, GICR_CTLR_RWP);
    // System registers: SRE, no bypass; Enable = 0: EL1's accesses to ICC_SRE_EL1 trap (12.2.24).
    SYSREG_WRITE("icc_sre_el2", 7);
    isb();
    SYSREG_WRITE("icc_sre_el1", 7);
    isb();
    SYSREG_WRITE("icc_pmr_el1", 0xff);
    SYSREG_WRITE("icc_bpr1_el1", 7);                                    // no preemption
    SYSREG_WRITE("icc_ctlr_el1", SYSREG_READ("icc_ctlr_el1") | BIT(1)); // EOImode
    SYSREG_WRITE("icc_igrpen1_el1", 1);
    isb();
    virtual_init();
    core->arch.irq_taken = IRQ_NONE;
    arch_irq_unmask(BOARD_IRQ_MAINTENANCE);
}

void gic_print(void) {
    kernel_print("GICv3, %u interrupts, %u list registers", irq_count, gic_lr_count);
}

// --- physical interrupts

unsigned gic_acknowledge(void) {
    unsigned irq = (unsigned)SYSREG_READ("icc_iar1_el1") & 0xffffff;
    if (UNLIKELY(irq >= SPURIOUS_FIRST))
        return IRQ_NONE;
    __asm__ volatile("dsb sy" ::
                         : "memory"); // the acknowledgement is seen before anything that follows (12.1.3)
    SYSREG_WRITE("icc_eoir1_el1", irq);
    return irq;
}

// Sets its bit in a register array of the distributor.
static NOINLINE void irq_write(unsigned irq, unsigned array) {
    mmio_write32(frame_of(irq), array + irq / 32 * 4, 1u << irq % 32);
}

void gic_deactivate(unsigned irq) {
    irq_write(irq, GICD_ICACTIVER);
}

void gic_activate(unsigned irq) {
    irq_write(irq, GICD_ISACTIVER);
    __asm__ volatile("dsb sy" ::: "memory");
}

bool gic_is_pending(unsigned irq) {
    return mmio_read32(frame_of(irq), GICD_ISPENDR + irq / 32 * 4) >> irq % 32 & 1;
}

void gic_set_pending(unsigned irq, bool pending) {
    irq_write(irq, pending ? GICD_ISPENDR : GICD_ICPENDR);
}

bool gic_is_edge(unsigned irq) {
    return mmio_read32(frame_of(irq), GICD_ICFGR + irq / 16 * 4) >> (irq % 16 * 2 + 1) & 1;
}

void arch_irq_end(unsigned irq) {
    SYSREG_WRITE("icc_dir_el1", irq);
    isb();
}

void arch_irq_mask(unsigned irq) {
    irq_write(irq, GICD_ICENABLER);
    if (irq < PRIVATE_IRQS)
        wait_clear(arch_core()->arch.redistributor, GICR_CTLR, GICR_CTLR_RWP);
    else
        wait_clear(distributor, GICD_CTLR, GICD_CTLR_RWP);
}

void arch_irq_unmask(unsigned irq) {
    irq_write(irq, GICD_ISENABLER);
}

void arch_irq_set_trigger(unsigned irq, bool edge) {
    distributor_set_trigger(frame_of(irq), irq, edge);
}

// ICC_SGI1R_EL1 (12.2.20): one target of affinity 0.0.0.target.
void arch_irq_send_sgi(unsigned irq, unsigned target) {
    __asm__ volatile("dsb ishst" ::: "memory");
    SYSREG_WRITE("icc_sgi1r_el1", (word_t)irq << 24 | BIT(target));
    isb();
}

bool arch_irq_pending(void) {
    return ((unsigned)SYSREG_READ("icc_hppir1_el1") & 0xffffff) < SPURIOUS_FIRST;
}

// --- list registers

#define FOR_EACH_LR(op)                                                                                      \
    op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)

uint64_t gic_lr_read(unsigned index) {
    switch (index) {
#define READ(n)                                                                                              \
    case n:                                                                                                  \
        return SYSREG_READ("ich_lr" #n "_el2");
        FOR_EACH_LR(READ)
    default:
        return 0;
    }
}

uint64_t gic_lr_encode(uint64_t lr) {
    return lr;
}

void gic_lr_write_encoded(unsigned index, uint64_t lr) {
    gic_lr_write(index, lr);
}

void gic_lr_write_pending(unsigned index, unsigned virq, unsigned priority, unsigned group) {
    gic_lr_write(index, virq | (uint64_t)priority << (LR_PRIORITY_SHIFT + 3) | (group ? LR_GROUP1 : 0) |
                            LR_EOI | LR_PENDING);
}

void gic_lr_write(unsigned index, uint64_t lr) {
    switch (index) {
#define WRITE(n)                                                                                             \
    case n:                                                                                                  \
        SYSREG_WRITE("ich_lr" #n "_el2", lr);                                                                \
        break;
        FOR_EACH_LR(WRITE)
    default:
        break;
    }
}

// ICH_ELRSR_EL2 and ICH_EISR_EL2 follow ICH_LR<n>_EL2 indirectly (Arm ARM D17.1.2, synchronization).
void gic_lr_synchronise(void) {
    isb();
}

uint32_t gic_lr_free(void) {
    return (uint32_t)SYSREG_READ("ich_elrsr_el2");
}

uint32_t gic_lr_ended(void) {
    return (uint32_t)SYSREG_READ("ich_eisr_el2");
}

void gic_virtual_control(uint32_t hcr) {
    SYSREG_WRITE("ich_hcr_el2", hcr);
}

unsigned gic_unlisted_ends(void) {
    return (unsigned)(SYSREG_READ("ich_hcr_el2") >> 27) & 31; // EOIcount
}

uint32_t gic_vmcr_read(void) {
    return (uint32_t)SYSREG_READ("ich_vmcr_el2");
}

// ICH_AP0R<n>_EL2 and ICH_AP1R<n>_EL2: accesses to those that do not exist are UNDEFINED.
#define FOR_EACH_APR(op, n) op(0, n) op(1, n)

#define SAVE(group, n) vgic->apr[group][n] = (uint32_t)SYSREG_READ("ich_ap" #group "r" #n "_el2");
#define LOAD(group, n) SYSREG_WRITE("ich_ap" #group "r" #n "_el2", vgic->apr[group][n]);

void gic_virtual_save(struct vgic *vgic) {
    vgic->vmcr = (uint32_t)SYSREG_READ("ich_vmcr_el2");
    FOR_EACH_APR(SAVE, 0)
    if (apr_count > 1) {
        FOR_EACH_APR(SAVE, 1)
    }
    if (apr_count > 2) {
        FOR_EACH_APR(SAVE, 2)
        FOR_EACH_APR(SAVE, 3)
    }
}

#define OR(group, n) | SYSREG_READ("ich_ap" #group "r" #n "_el2")

bool gic_has_active_priority(void) {
    word_t active = 0 FOR_EACH_APR(OR, 0);
    if (apr_count > 1)
        active = active FOR_EACH_APR(OR, 1);
    if (apr_count > 2)
        active = active FOR_EACH_APR(OR, 2) FOR_EACH_APR(OR, 3);
    return active != 0;
}

void gic_virtual_load(const struct vgic *vgic) {
    SYSREG_WRITE("ich_vmcr_el2", vgic->vmcr);
    FOR_EACH_APR(LOAD, 0)
    if (apr_count > 1) {
        FOR_EACH_APR(LOAD, 1)
    }
    if (apr_count > 2) {
        FOR_EACH_APR(LOAD, 2)
        FOR_EACH_APR(LOAD, 3)
    }
}

// --- registers that ICH_HCR_EL2.TC traps, where ICC_DIR_EL1 cannot trap alone

enum {
    SYS_ICC_PMR_EL1 = SYSREG_ENCODING(3, 0, 4, 6, 0),
    SYS_ICC_RPR_EL1 = SYSREG_ENCODING(3, 0, 12, 11, 3),
    SYS_ICC_CTLR_EL1 = SYSREG_ENCODING(3, 0, 12, 12, 4),
};
// ICH_VMCR_EL2 (12.4.14) and ICV_CTLR_EL1 (12.3.6).
#define VMCR_VCBPR    BIT(4)
#define VMCR_VEOIM    BIT(9)
#define VMCR_VPMR     24
#define CTLR_CBPR     BIT(0)
#define CTLR_EOI_MODE BIT(1)
#define IDLE_PRIORITY 0xff

// The most urgent active priority of both groups.
static unsigned running_priority(void) {
    struct vgic vgic;
    gic_virtual_save(&vgic);
    unsigned preemption_bits = (unsigned)(SYSREG_READ("ich_vtr_el2") >> 26 & 7) + 1;
    for (unsigned n = 0; n < apr_count; n++) { // bound: VGIC_MAX_APRS
        uint32_t active = vgic.apr[0][n] | vgic.apr[1][n];
        if (active)
            return (32 * n + (unsigned)__builtin_ctz(active)) << (8 - preemption_bits);
    }
    return IDLE_PRIORITY;
}

// PRIbits, IDbits, SEIS and A3V stand in ICH_VTR_EL2 [31:29], [25:23], [22] and [21].
static uint64_t cpu_control(uint64_t vmcr) {
    uint64_t type = SYSREG_READ("ich_vtr_el2");
    return (vmcr & VMCR_VCBPR ? CTLR_CBPR : 0) | (vmcr & VMCR_VEOIM ? CTLR_EOI_MODE : 0) |
           (type >> 29 & 7) << 8 | (type >> 23 & 7) << 11 | (type >> 22 & 1) << 14 | (type >> 21 & 1) << 15;
}

bool gic_emulate(unsigned encoding, bool is_read, uint64_t *value) {
    uint64_t vmcr = SYSREG_READ("ich_vmcr_el2");
    if (encoding == SYS_ICC_RPR_EL1 && is_read) {
        *value = running_priority();
    } else if (encoding == SYS_ICC_PMR_EL1 && is_read) {
        *value = vmcr >> VMCR_VPMR & 0xff;
    } else if (encoding == SYS_ICC_PMR_EL1) {
        uint64_t unimplemented = MASK(7 - (SYSREG_READ("ich_vtr_el2") >> 29 & 7));
        vmcr = (vmcr & ~(0xffull << VMCR_VPMR)) | (*value & 0xff & ~unimplemented) << VMCR_VPMR;
        SYSREG_WRITE("ich_vmcr_el2", vmcr);
    } else if (encoding == SYS_ICC_CTLR_EL1 && is_read) {
        *value = cpu_control(vmcr);
    } else if (encoding == SYS_ICC_CTLR_EL1) {
        vmcr = (vmcr & ~(VMCR_VCBPR | VMCR_VEOIM)) | (*value & CTLR_CBPR ? VMCR_VCBPR : 0) |
               (*value & CTLR_EOI_MODE ? VMCR_VEOIM : 0);
        SYSREG_WRITE("ich_vmcr_el2", vmcr);
    } else {
        return false;
    }
    return true;
}
