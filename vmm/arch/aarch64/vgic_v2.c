// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The GICv2 distributor's own registers (Arm IHI 0048B 4.3): control and type, interrupt targets, software
// generated interrupts. Without Security Extensions. The CPU interface is the hardware's virtual one (GICV),
// mapped where the guest expects GICC, but for its second page: GICC_DIR names what is no longer active,
// which may be in no list register (kernel/arch/aarch64/vgic_kept.c), and no GICv2 traps that.
#include <stddef.h>
#include <vmm/arch/aarch64/vgic.h>

enum {
    GICD_SGIR = 0xf00,
    GICD_CPENDSGIR = 0xf10,
    GICD_SPENDSGIR = 0xf20,
    GICD_SGIPEND_END = 0xf30,
    GICD_ID = 0xfc0,
    GICD_SIZE = 0x1000,
    GICC_DIR_PAGE = 0x1000, // GICC_DIR is its first word (4.4.15)
};

// PIDR4 to 7, PIDR0 to 3, CIDR0 to 3 of a GIC-400 (DDI 0471B 3.2): architecture version 2.
static const uint8_t gicd_id[12] = {0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1};

static uint64_t gicd_read_control(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    (void)bytes;
    const struct irq_controller *gic = frame->gic;
    switch (offset) {
    case VGIC_CTLR:
        return gic->ctlr;
    case VGIC_TYPER: // ITLinesNumber, CPUNumber; no Security Extensions
        return (gic->block_count - 1) | (gic->cpu_count - 1) << 5;
    case VGIC_IIDR_OFFSET:
        return VGIC_IIDR;
    default:
        return 0;
    }
}

static void gicd_write_control(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                               uint64_t value) {
    (void)bytes;
    if (offset == VGIC_CTLR)
        vgic_write_ctlr(frame->gic, (uint32_t)value);
}

// SGIs and PPIs go to the reader, read-only. With several targets the first is taken, always (1 of N, 1.4.2).
// With one CPU all go to it, and the registers read as zero and ignore writes (4.3.12).
static uint64_t gicd_read_targets(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    unsigned intid = offset - VGIC_ITARGETSR;
    const struct vgic_block *block = vgic_frame_block(frame, intid / 32);
    uint64_t value = 0;
    for (unsigned i = 0; block && vgic_cpu_count(frame->gic) > 1 && i < bytes; i++)
        if (block->implemented & vgic_bit(intid + i))
            value |= (uint64_t)block->targets[(intid + i) & 31] << 8 * i;
    return value;
}

static void gicd_write_targets(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                               uint64_t value) {
    unsigned intid = offset - VGIC_ITARGETSR;
    struct vgic_block *block = vgic_frame_block(frame, intid / 32);
    uint32_t changed = 0;
    if (!block || intid < VGIC_PRIVATE || vgic_cpu_count(frame->gic) == 1)
        return;
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t targets = (uint8_t)(value >> 8 * i) & (uint8_t)((1u << frame->gic->cpu_count) - 1);
        unsigned k = (intid + i) & 31;
        if (!(block->implemented & vgic_bit(k)) || block->targets[k] == targets)
            continue;
        block->targets[k] = targets;
        block->route[k] = targets ? (uint8_t)__builtin_ctz(targets) : VGIC_NO_CPU;
        changed |= vgic_bit(k);
    }
    if (changed)
        vgic_replace_block(frame->cpu, intid / 32, changed);
}

static void gicd_send_sgi(struct vgic_cpu *target, unsigned sgi, unsigned sources) {
    target->sgi_sources[sgi] |= (uint8_t)sources;
    vgic_latch(target, sgi);
}

// GICD_SGIR: TargetListFilter[25:24], CPUTargetList[23:16], SGIINTID[3:0] (4.3.15). NSATT means nothing
// without Security Extensions.
static void gicd_write_sgir(const struct vgic_frame *frame, uint32_t value) {
    struct irq_controller *gic = frame->gic;
    unsigned source = vgic_index(frame->cpu->vcpu);
    uint32_t self = 1u << source, all = (1u << vgic_cpu_count(gic)) - 1;
    uint32_t targets = 0;
    switch (value >> 24 & 3) {
    case 0:
        targets = value >> 16 & all;
        break;
    case 1:
        targets = all & ~self;
        break;
    case 2:
        targets = self;
        break;
    default: // reserved
        break;
    }
    if (targets == self) {
        vgic_send_sgi(frame->cpu, value & 15, source);
        return;
    }
    for (; targets; targets &= targets - 1)
        gicd_send_sgi(&gic->cpus[__builtin_ctz(targets)], value & 15, self);
}

static uint64_t gicd_read_software(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    if (offset >= GICD_SGIPEND_END || offset < GICD_CPENDSGIR)
        return 0; // GICD_SGIR is write-only
    struct vgic_cpu *cpu = frame->cpu;
    uint32_t pending = vgic_read_state(cpu, 0, VGIC_PENDING);
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++) {
        unsigned sgi = (offset + i) & 15;
        unsigned sources = cpu->sgi_sources[sgi];
        for (unsigned l = 0; l < cpu->lr_count; l++)
            if (cpu->lr[l].intid == sgi && pending & 1u << sgi && !(cpu->private.acknowledged & 1u << sgi))
                sources |= 1u << cpu->lr[l].source;
        value |= (uint64_t)sources << 8 * i;
    }
    return value;
}

static void gicd_write_software(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                                uint64_t value) {
    if (offset == GICD_SGIR && bytes == 4) {
        gicd_write_sgir(frame, (uint32_t)value);
        return;
    }
    if (offset < GICD_CPENDSGIR || offset >= GICD_SGIPEND_END)
        return;
    for (unsigned i = 0; i < bytes; i++) {
        unsigned sgi = (offset + i) & 15;
        unsigned sources = value >> 8 * i & ((1u << frame->gic->cpu_count) - 1);
        if (sources && offset >= GICD_SPENDSGIR)
            gicd_send_sgi(frame->cpu, sgi, sources);
        else if (sources)
            vgic_unlatch(frame->cpu, sgi, sources);
    }
}

static uint64_t gicd_read_id(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    (void)frame;
    (void)bytes;
    return offset >= GICD_ID ? vgic_read_id(gicd_id, offset) : 0;
}

static void gicd_write_id(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value) {
    (void)frame, (void)offset, (void)bytes, (void)value; // read-only
}

// GICD_NSACR (0xe00) belongs to the Security Extensions: reads as zero, ignores writes, as does all else that
// has no entry.
static const struct vgic_range gicd_ranges[VGIC_RANGES] = {
    [VGIC_RANGE(VGIC_CTLR)] = {gicd_read_control, gicd_write_control, BUS_SIZE_4},
    VGIC_COMMON_RANGES,
    [VGIC_RANGE(VGIC_ITARGETSR)... VGIC_RANGE(VGIC_ICFGR) - 1] = {gicd_read_targets, gicd_write_targets,
                                                                  BUS_SIZE_1 | BUS_SIZE_4},
    [VGIC_RANGE(GICD_SGIR)] = {gicd_read_software, gicd_write_software, BUS_SIZE_1 | BUS_SIZE_4},
    [VGIC_RANGE(GICD_ID)] = {gicd_read_id, gicd_write_id, BUS_SIZE_4},
};

static uint64_t gicd_read(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes) {
    struct irq_controller *gic = device;
    return offset < VGIC_TABLE_END
               ? vgic_read_frame(&gic->distributor[vgic_index(vcpu)], (unsigned)offset, bytes)
               : 0;
}

static void gicd_write(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes, uint64_t value) {
    struct irq_controller *gic = device;
    if (offset == GICD_SGIR && bytes == 4) // the one that is written often
        gicd_write_sgir(&gic->distributor[vgic_index(vcpu)], (uint32_t)value);
    else if (offset < VGIC_TABLE_END)
        vgic_write_frame(&gic->distributor[vgic_index(vcpu)], (unsigned)offset, bytes, value);
}

static uint64_t gicc_read_dir(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes) {
    (void)vcpu, (void)device, (void)offset, (void)bytes; // write-only
    return 0;
}

// The sender of an SGI, bits [12:10], says nothing: one SGI of a number is active at a time.
static void gicc_write_dir(struct vcpu *vcpu, void *device, uint64_t offset, unsigned bytes, uint64_t value) {
    struct irq_controller *gic = device;
    struct vgic_cpu *cpu = &gic->cpus[vcpu->index];
    unsigned intid = (unsigned)value & 0x3ff;
    if (offset == 0 && bytes == 4 && intid / 32 < gic->block_count && intid < VGIC_MAX_INTIDS)
        vgic_clear_active(cpu, intid);
}

const char *vgic_v2_add_regions(struct irq_controller *gic) {
    for (unsigned i = 0; i < gic->cpu_count; i++)
        gic->distributor[i] = (struct vgic_frame){gic, &gic->cpus[i], gicd_ranges, 0, gic->block_count};
    const char *error = bus_add_region(&gic->vm->bus, &(struct bus_region){
                                                          .ipa = gic->vm->config->gicc_ipa + GICC_DIR_PAGE,
                                                          .size = GICC_DIR_PAGE,
                                                          .read = gicc_read_dir,
                                                          .write = gicc_write_dir,
                                                          .device = gic,
                                                          .sizes = BUS_SIZE_4,
                                                          .name = "gicc-dir",
                                                      });
    if (error)
        return error;
    return bus_add_region(&gic->vm->bus, &(struct bus_region){
                                             .ipa = gic->vm->config->gicd_ipa,
                                             .size = GICD_SIZE,
                                             .read = gicd_read,
                                             .write = gicd_write,
                                             .device = gic,
                                             .sizes = BUS_SIZES_ALL,
                                             .name = "gicd",
                                         });
}

void vgic_v2_reset(struct irq_controller *gic) {
    for (unsigned c = 0; c < gic->cpu_count; c++) {
        struct vgic_cpu *cpu = &gic->cpus[c];
        cpu->private.enabled = 0xffff;
        for (unsigned i = 0; i < 32; i++)
            cpu->private.targets[i] = (uint8_t)(1u << c);
    }
    for (unsigned n = 1; n < gic->block_count; n++)
        for (unsigned i = 0; i < 32; i++)
            gic->blocks[n].route[i] = gic->cpu_count == 1 ? 0 : VGIC_NO_CPU;
}
