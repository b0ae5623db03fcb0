// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The GICv3 distributor's own registers and the redistributors (Arm IHI 0069 12.9 to 12.11). One security
// state (GICD_CTLR.DS reads as one), affinity routing always on (ARE reads as one), no LPIs, message-based
// SPIs. The CPU interface is the hardware's virtual one (ICC_* system registers).
#include <stddef.h>
#include <vmm/arch/aarch64/vgic.h>

enum {
    GICD_SETSPI_NSR = 0x040,
    GICD_CLRSPI_NSR = 0x048,
    GICD_IROUTER = 0x6000,
    GICD_IROUTER_END = 0x8000,
    GICV3_ID = 0xffc0,
    GICV3_FRAME_SIZE = 0x10000,

    GICR_CTLR = 0x0000,
    GICR_IIDR = 0x0004,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_SIZE = 0x20000, // RD_base, SGI_base

    CTLR_ARE = 1 << 4,
    CTLR_DS = 1 << 6,

    SPI_INTID = 0x1fff, // of SETSPI, CLRSPI

    TYPER_MBIS = 1 << 16,      // SETSPI, CLRSPI
    TYPER_IDBITS_10 = 9 << 19, // INTIDs of 10 bits
    TYPER_A3V = 1 << 24,       // Aff3 may be other than 0
    TYPER_NO_1_OF_N = 1 << 25,

    WAKER_PROCESSOR_SLEEP = 1 << 1,
    WAKER_CHILDREN_ASLEEP = 1 << 2,

    REDISTRIBUTOR_LAST = 1 << 4,
};

#define SGIR_TARGETS     0xffffull
#define SGIR_INTID_SHIFT 24
#define SGIR_IRM         (1ull << 40)
#define SGIR_AFFINITY    (0xffull << 48 | 0xfull << 44 | 0xffull << 32 | 0xffull << 16) // Aff3, RS, Aff2, Aff1

// PIDR4 to 7, PIDR0 to 3, CIDR0 to 3 (12.1.13, and GIC-500 TRM DDI 0516 3.2): architecture version 3.
static const uint8_t gicd_id[12] = {0x44, 0, 0, 0, 0x92, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1};
static const uint8_t gicr_id[12] = {0x44, 0, 0, 0, 0x93, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1};

// ---- Distributor ----

// GICD_STATUSR and GICD_TYPER2 are not implemented: zero.
static uint64_t gicd_read_control(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    const struct irq_controller *gic = frame->gic;
    if (bytes != 4)
        return 0;
    switch (offset) {
    case VGIC_CTLR: // a write has taken effect when it returns: RWP is zero
        return gic->ctlr | CTLR_ARE | CTLR_DS;
    case VGIC_TYPER:
        return (gic->block_count - 1) | TYPER_MBIS | TYPER_IDBITS_10 | TYPER_A3V | TYPER_NO_1_OF_N;
    case VGIC_IIDR_OFFSET:
        return VGIC_IIDR;
    default:
        return 0;
    }
}

// The secure twins of SETSPI and CLRSPI are reserved with one security state (12.9.34).
static void gicd_write_control(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                               uint64_t value) {
    if (offset == VGIC_CTLR && bytes == 4) {
        vgic_write_ctlr(frame->gic, (uint32_t)value);
    } else if (offset == GICD_SETSPI_NSR || offset == GICD_CLRSPI_NSR) {
        unsigned intid = value & SPI_INTID;
        const struct vgic_block *block = vgic_frame_block(frame, intid / 32);
        if (block && block->implemented & vgic_bit(intid))
            vgic_set_message(frame->cpu, intid, offset == GICD_SETSPI_NSR);
    }
}

// With one security state GICD_IGRPMODR (0xd00) and GICD_NSACR (0xe00) read as zero and ignore writes; with
// affinity routing so do ITARGETSR, SGIR, CPENDSGIR and SPENDSGIR: none of them has an entry.
static const struct vgic_range gicd_ranges[VGIC_RANGES] = {
    [VGIC_RANGE(VGIC_CTLR)] = {gicd_read_control, gicd_write_control, BUS_SIZE_2 | BUS_SIZE_4},
    VGIC_COMMON_RANGES,
};

// An INTID's word of GICD_IROUTER, NULL where there is none.
static uint32_t *gicd_find_affinity(struct irq_controller *gic, unsigned intid) {
    unsigned n = intid / 32;
    if (n == 0 || n >= gic->block_count || !(gic->blocks[n].implemented & vgic_bit(intid)))
        return NULL;
    return &gic->affinity[intid];
}

static uint64_t gicd_read_router(struct irq_controller *gic, unsigned offset, unsigned bytes) {
    const uint32_t *affinity = gicd_find_affinity(gic, (offset - GICD_IROUTER) / 8);
    if (!affinity || bytes < 4)
        return 0;
    uint64_t value = (uint64_t)(*affinity >> 24) << 32 | (*affinity & 0xffffff);
    return offset & 4 ? value >> 32 : value;
}

// Aff3[39:32], Aff2 to Aff0[23:0]; Interrupt_Routing_Mode[31] is reserved without 1 of N (12.9.22).
static void gicd_write_router(struct vgic_cpu *cpu, unsigned offset, unsigned bytes, uint64_t value) {
    struct irq_controller *gic = cpu->gic;
    unsigned intid = (offset - GICD_IROUTER) / 8;
    uint32_t *affinity = gicd_find_affinity(gic, intid);
    if (!affinity || bytes < 4)
        return;
    uint32_t low = (uint32_t)value & 0xffffff, high = (uint32_t)(value >> 32) << 24;
    if (bytes == 4) {
        low = offset & 4 ? *affinity & 0xffffff : low;
        high = offset & 4 ? (uint32_t)value << 24 : *affinity & 0xff000000;
    }
    if (*affinity == (low | high))
        return;
    *affinity = low | high;
    // A vCPU's affinity is its index (VMPIDR_EL2): Aff0 alone.
    gic->blocks[intid / 32].route[intid & 31] = *affinity < gic->cpu_count ? (uint8_t)*affinity : VGIC_NO_CPU;
    vgic_replace_block(cpu, intid / 32, vgic_bit(intid));
}

static uint64_t gicd_read(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes) {
    struct irq_controller *gic = device;
    if (offset < VGIC_TABLE_END)
        return vgic_read_frame(&gic->distributor[vgic_index(vcpu)], (unsigned)offset, bytes);
    if (offset >= GICD_IROUTER && offset < GICD_IROUTER_END)
        return gicd_read_router(gic, (unsigned)offset, bytes);
    return offset >= GICV3_ID && bytes == 4 ? vgic_read_id(gicd_id, (unsigned)offset) : 0;
}

static void gicd_write(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes, uint64_t value) {
    struct irq_controller *gic = device;
    if (offset < VGIC_TABLE_END)
        vgic_write_frame(&gic->distributor[vgic_index(vcpu)], (unsigned)offset, bytes, value);
    else if (offset >= GICD_IROUTER && offset < GICD_IROUTER_END)
        gicd_write_router(&gic->cpus[vgic_index(vcpu)], (unsigned)offset, bytes, value);
}

// ---- Redistributors ----

// SGI_base: GICR_IGRPMODR0 (0xd00) and GICR_NSACR (0xe00) as in the distributor.
static const struct vgic_range gicr_sgi_ranges[VGIC_RANGES] = {
    VGIC_COMMON_RANGES,
};

static uint64_t gicr_read_type(const struct vgic_cpu *cpu) {
    uint64_t last = cpu->index + 1 == cpu->gic->cpu_count ? REDISTRIBUTOR_LAST : 0;
    return (uint64_t)cpu->index << 32 | cpu->index << 8 | last; // Affinity_Value, Processor_Number, Last
}

// RD_base. Without LPIs GICR_PROPBASER, GICR_PENDBASER and the invalidation registers are reserved: zero, as
// are GICR_STATUSR (not implemented) and all bits of GICR_CTLR.
static uint64_t gicr_read_control(struct vgic_cpu *cpu, unsigned offset, unsigned bytes) {
    if (offset == GICR_TYPER && bytes == 8)
        return gicr_read_type(cpu);
    if (bytes != 4)
        return 0;
    switch (offset) {
    case GICR_IIDR:
        return VGIC_IIDR;
    case GICR_TYPER:
        return (uint32_t)gicr_read_type(cpu);
    case GICR_TYPER + 4:
        return gicr_read_type(cpu) >> 32;
    case GICR_WAKER:
        return cpu->waker;
    default:
        return offset >= GICV3_ID ? vgic_read_id(gicr_id, offset) : 0;
    }
}

static uint64_t gicr_read(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes) {
    (void)vcpu;
    struct irq_controller *gic = device;
    unsigned index = (unsigned)(offset / GICR_SIZE), frame = offset % GICR_SIZE;
    if (frame < GICV3_FRAME_SIZE)
        return gicr_read_control(&gic->cpus[index], frame, bytes);
    frame -= GICV3_FRAME_SIZE;
    return frame < VGIC_TABLE_END ? vgic_read_frame(&gic->redistributor[index], frame, bytes) : 0;
}

static void gicr_write(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes, uint64_t value) {
    (void)vcpu;
    struct irq_controller *gic = device;
    unsigned index = (unsigned)(offset / GICR_SIZE), frame = offset % GICR_SIZE;
    if (frame >= GICV3_FRAME_SIZE && frame < GICV3_FRAME_SIZE + VGIC_TABLE_END)
        vgic_write_frame(&gic->redistributor[index], frame - GICV3_FRAME_SIZE, bytes, value);
    else if (frame == GICR_WAKER && bytes == 4) // the interface follows at once
        gic->cpus[index].waker =
            value & WAKER_PROCESSOR_SLEEP ? WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP : 0;
}

const char *vgic_v3_add_regions(struct irq_controller *gic) {
    const struct vm_config *config = gic->vm->config;
    for (unsigned i = 0; i < gic->cpu_count; i++) {
        gic->distributor[i] = (struct vgic_frame){gic, &gic->cpus[i], gicd_ranges, 1, gic->block_count};
        gic->redistributor[i] = (struct vgic_frame){gic, &gic->cpus[i], gicr_sgi_ranges, 0, 1};
    }
    const char *why = bus_add_region(&gic->vm->bus, &(struct bus_region){
                                                        .ipa = config->gicd_ipa,
                                                        .size = GICV3_FRAME_SIZE,
                                                        .read = gicd_read,
                                                        .write = gicd_write,
                                                        .device = gic,
                                                        .sizes = BUS_SIZES_ALL,
                                                        .name = "gicd",
                                                    });
    if (why)
        return why;
    return bus_add_region(&gic->vm->bus, &(struct bus_region){
                                             .ipa = config->gicr_ipa,
                                             .size = (uint64_t)GICR_SIZE * gic->cpu_count,
                                             .read = gicr_read,
                                             .write = gicr_write,
                                             .device = gic,
                                             .sizes = BUS_SIZES_ALL,
                                             .name = "gicr",
                                         });
}

// Fields of ICC_SGI1R_EL1 (12.2.20). With one security state the two registers send SGIs of group 0 alone
// (IHI 0069, "Forwarding an SGI to a target PE"). CPU n has affinity 0.0.0.n.
void vgic_v3_write_sgi0r(struct vcpu *vcpu, uint64_t value) {
    struct irq_controller *gic = vcpu->vm->irq;
    unsigned sgi = (unsigned)(value >> SGIR_INTID_SHIFT) & 15;
    uint64_t all = (1u << vgic_cpu_count(gic)) - 1, self = 1u << vgic_index(vcpu);
    uint64_t targets = value & SGIR_AFFINITY ? 0 : value & SGIR_TARGETS & all;
    if (value & SGIR_IRM)
        targets = all & ~self;
    for (; targets; targets &= targets - 1) {
        struct vgic_cpu *target = &gic->cpus[__builtin_ctzll(targets)];
        if (!(target->private.group >> sgi & 1))
            vgic_latch(target, sgi);
    }
}

void vgic_v3_reset(struct irq_controller *gic) {
    for (unsigned c = 0; c < gic->cpu_count; c++)
        gic->cpus[c].waker = WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP;
    // All routes point at affinity 0.0.0.0, the first vCPU (blocks are zero).
}
