// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The virtual interrupt controller as the rest of the VMM sees it (vmm/irq.h): creation, reset, lines. There
// is one, since a process runs one VM.
#include <stddef.h>
#include <vmm/arch/aarch64/vcpu.h>
#include <vmm/arch/aarch64/vgic.h>
#include <vmm/include/vmm/irq.h>

static struct irq_controller controller;

const char *irq_controller_create(struct vm *vm) {
    const struct vm_config *config = vm->config;
    struct irq_controller *gic = &controller;
    if (config->gic_version != 2 && config->gic_version != 3)
        return "the interrupt controller is neither a GICv2 nor a GICv3: set the system's gic to 2 or 3";
    if (config->vcpu_count == 0 || config->vcpu_count > VM_MAX_VCPUS)
        return "the VMM was built for fewer vCPUs: lower the VM's vcpus";
    if (config->interrupt_count < 2 * VGIC_PRIVATE || config->interrupt_count > VGIC_MAX_BLOCKS * 32)
        return "the distributor has 64 to 1024 INTIDs: change the VM's interrupt count";
    if (config->vtimer_irq < VGIC_SGIS || config->vtimer_irq >= VGIC_PRIVATE)
        return "the virtual timer's interrupt is no PPI: give it an INTID of 16 to 31";
    if (config->ptimer_irq >= VGIC_PRIVATE || config->pmu_irq >= VGIC_PRIVATE)
        return "the interrupt of the physical timer, or of the PMU, is no PPI: give it an INTID of 16 to 31";
    *gic = (struct irq_controller){
        .vm = vm,
        .version = config->gic_version,
        .cpu_count = config->vcpu_count,
        .block_count = (config->interrupt_count + 31) / 32,
        .timer = config->vtimer_irq,
        .ptimer = config->ptimer_irq,
        .pmu = config->pmu_irq,
    };
    gic->hardware = (vgic_bit(gic->timer) | vgic_bit(gic->ptimer) | vgic_bit(gic->pmu)) & ~1u;
    for (unsigned i = 0; i < gic->cpu_count; i++) {
        gic->cpus[i].gic = gic;
        gic->cpus[i].vcpu = &vm->vcpus[i];
        gic->cpus[i].index = i;
    }
    vm->irq = gic;
    return gic->version == 2 ? vgic_v2_add_regions(gic) : vgic_v3_add_regions(gic);
}

// GICD_TYPER counts whole blocks: all of their INTIDs are there, up to the special ones.
static uint32_t implemented_bits(unsigned n) {
    return n + 1 < VGIC_MAX_BLOCKS ? ~0u : (1u << (VGIC_MAX_INTIDS & 31)) - 1;
}

void irq_controller_reset(struct vm *vm) {
    struct irq_controller *gic = vm->irq;
    for (unsigned c = 0; c < gic->cpu_count; c++) {
        struct vgic_cpu *cpu = &gic->cpus[c];
        vgic_reset_delivery(cpu);
        *cpu = (struct vgic_cpu){.gic = gic,
                                 .vcpu = cpu->vcpu,
                                 .index = c,
                                 .lr_count = cpu->lr_count,
                                 .private = {.implemented = ~0u, .edge = 0xffff}};
        for (unsigned i = 0; i < VGIC_MAX_LIST_REGISTERS; i++)
            cpu->lr[i].intid = VGIC_LR_FREE;
    }
    for (unsigned n = 1; n < gic->block_count; n++) {
        uint32_t passed = gic->blocks[n].passed;
        gic->blocks[n] = (struct vgic_block){.implemented = implemented_bits(n), .passed = passed};
        for (; passed; passed &= passed - 1)
            vgic_reset_passed(&gic->cpus[0], n * 32 + (unsigned)__builtin_ctz(passed));
    }
    for (unsigned i = 0; i < sizeof(gic->affinity) / sizeof(gic->affinity[0]); i++)
        gic->affinity[i] = 0;
    gic->ctlr = 0;
    if (gic->version == 2)
        vgic_v2_reset(gic);
    else
        vgic_v3_reset(gic);
    for (unsigned c = 0; c < gic->cpu_count; c++)
        vgic_update_kernel_held(&gic->cpus[c]);
}

// The block of a shared interrupt, NULL if there is none with that number.
static struct vgic_block *shared_block(struct irq_controller *gic, unsigned intid) {
    if (intid < VGIC_PRIVATE || intid / 32 >= gic->block_count)
        return NULL;
    struct vgic_block *block = &gic->blocks[intid / 32];
    return (block->implemented & vgic_bit(intid)) ? block : NULL;
}

bool irq_pass_through(struct vm *vm, unsigned intid, uint64_t handler) {
    struct irq_controller *gic = vm->irq;
    if (intid < VGIC_PRIVATE || intid / 32 >= gic->block_count || intid >= VGIC_MAX_INTIDS)
        return false;
    gic->blocks[intid / 32].passed |= vgic_bit(intid);
    gic->handler[intid] = (uint8_t)handler;
    return true;
}

void irq_set_level(struct vm *vm, unsigned intid, bool high) {
    struct irq_controller *gic = vm->irq;
    struct vgic_block *block = shared_block(gic, intid);
    uint32_t bit = vgic_bit(intid);
    if (!block || !!(block->line & bit) == high)
        return;
    block->line ^= bit;
    if (!(block->edge & bit)) {
        // A resident one is pending already, or its line is sampled at its end.
        if (!high || !(block->resident & bit))
            vgic_refresh_block(&gic->cpus[0], intid / 32, bit);
    } else if (high) {
        vgic_latch(&gic->cpus[0], intid);
    }
}

void irq_pulse(struct vm *vm, unsigned intid) {
    if (shared_block(vm->irq, intid))
        vgic_latch(&vm->irq->cpus[0], intid);
}

void irq_handle_end(struct vcpu *vcpu, int list_register) {
    vgic_end(vgic_cpu_of(vcpu), list_register);
}

// The line of a private interrupt is the kernel's: high until the end, when the kernel is asked to look
// again.
void irq_handle_private(struct vcpu *vcpu, unsigned intid) {
    struct vgic_cpu *cpu = vgic_cpu_of(vcpu);
    if (intid < VGIC_SGIS || intid >= VGIC_PRIVATE)
        return;
    uint32_t bit = vgic_bit(intid);
    cpu->private.line |= bit;
    if (cpu->ppi_bound & bit)
        vgic_sync_kernel(cpu);
    else
        vgic_refresh_block(cpu, 0, bit);
}
