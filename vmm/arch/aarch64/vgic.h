// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The virtual interrupt controller: GICv2 (Arm IHI 0048B) or GICv3 (Arm IHI 0069) distributor and
// redistributors. The CPU interface is the hardware's. What the files of vgic*.c share:
//
//     vgic.c            creation, reset, the neutral interface (vmm/irq.h)
//     vgic_deliver.c    what is pending for whom, and its way into list registers or to the kernel
//     vgic_registers.c  the registers that both versions have
//     vgic_v2.c, vgic_v3.c  the registers of one version
//
// An interrupt that the VMM delivers is in one of these places; each arrow is one function of vgic_deliver.c:
//
//                    +------ vgic_withdraw ------+
//                    v                           |
//     IDLE ------> READY --- vgic_place ---> RESIDENT, pending ---> RESIDENT, acknowledged
//      ^   line,    ^ |                          (the guest acknowledges: nobody tells us) |
//      |   latch    | +- no list register: stays, cpu->waiting                             |
//      +------------+--------------------- vgic_release <----------------------------------+
//
// Invariants:
// 1. `resident` is set exactly for the INTIDs that stand in some cpu's lr[], and for those that are
// acknowledged
//    and were evicted from it for another (vgic_write_lr): their end comes by their number. `holder` names
//    that cpu.
// 2. `acknowledged` is a subset of `resident`, of what the kernel has once said to be active: it stays so
//    until its end. A resident INTID outside of it may have been acknowledged or even ended since.
// 3. A latched pending state is counted once: in `latch`, or in `resident_latch` while it is in a list
//    register.
// 4. INTIDs of `kernel_held` are delivered inside the kernel; they are never resident. Their pending state
//    is the kernel's, except a latch that waits for them to be enabled.
// 5. Bits outside `implemented` are clear in every word of a block.
#ifndef VMM_ARCH_AARCH64_VGIC_H
#define VMM_ARCH_AARCH64_VGIC_H

#include <stdbool.h>
#include <stdint.h>
#include <vmm/include/vmm/bus.h>
#include <vmm/include/vmm/vm.h>

enum {
    VGIC_SGIS = 16,
    VGIC_PRIVATE = 32,      // SGIs and PPIs
    VGIC_MAX_INTIDS = 1020, // 1020 to 1023 are special (IHI 0048B 2.2.1)
    VGIC_MAX_BLOCKS = 32,
    VGIC_MAX_LIST_REGISTERS = 16, // (IHI 0069 12.4.1, ICH_LR<n>_EL2)
    VGIC_LR_FREE = 0xffff,
    VGIC_NO_CPU = 0xff,

    VGIC_PRIORITY_MASK = 0xf8, // the 5 bits that list registers carry
    VGIC_PRIORITY_SHIFT = 3,

    VGIC_PENDING = 1, // of vcpu_update_irq
    VGIC_ACTIVE = 2,

    VGIC_CTLR_GROUP0 = 1 << 0, // GICD_CTLR
    VGIC_CTLR_GROUP1 = 1 << 1,

    VGIC_IIDR = 0x43b, // GICD_IIDR, GICR_IIDR: the implementer of the register model, Arm
};

// Offsets that both versions' distributors and the SGI frame of a redistributor share.
enum vgic_offset {
    VGIC_CTLR = 0x000,
    VGIC_TYPER = 0x004,
    VGIC_IIDR_OFFSET = 0x008,
    VGIC_IGROUPR = 0x080,
    VGIC_ISENABLER = 0x100,
    VGIC_ICENABLER = 0x180,
    VGIC_ISPENDR = 0x200,
    VGIC_ICPENDR = 0x280,
    VGIC_ISACTIVER = 0x300,
    VGIC_ICACTIVER = 0x380,
    VGIC_IPRIORITYR = 0x400,
    VGIC_ITARGETSR = 0x800,
    VGIC_ICFGR = 0xc00,
    VGIC_TABLE_END = 0x1000,
};
// The table has an entry for each 128 bytes: every array of registers fills whole ones.
#define VGIC_RANGE_SHIFT 7
#define VGIC_RANGES      (VGIC_TABLE_END >> VGIC_RANGE_SHIFT)

// 32 interrupts, a bit each; bit i of block n is INTID 32 n + i.
struct vgic_block {
    uint32_t implemented;
    uint32_t enabled;
    uint32_t group;          // 1: group 1
    uint32_t edge;           // configured edge-triggered
    uint32_t line;           // the wire is high
    uint32_t message;        // GICv3: held like a wire by GICD_SETSPI_NSR, until GICD_CLRSPI_NSR
    uint32_t latch;          // pending by an edge or by software
    uint32_t active;         // active, though in no list register
    uint32_t resident;       // in a list register, or evicted from it
    uint32_t resident_latch; // it went there with a latched pending state
    uint32_t acknowledged;   // resident and active
    uint32_t passed;         // the board's own, delivered by the kernel, which has their state
    uint32_t passed_on;      // those that the kernel may deliver now
    uint8_t priority[32];
    uint8_t targets[32]; // GICv2: mask of vCPUs
    uint8_t route[32];   // the vCPU it goes to, VGIC_NO_CPU: none
    uint8_t holder[32];  // of a resident one
};

struct vgic_list_register {
    uint16_t intid; // VGIC_LR_FREE: not ours
    uint8_t priority;
    uint8_t source; // GICv2 SGI: the vCPU that sent it
};

// What belongs to one vCPU.
struct vgic_cpu {
    struct irq_controller *gic;
    struct vcpu *vcpu;
    unsigned index;
    struct vgic_block private; // block 0
    uint32_t kernel_held;
    bool waiting;      // something ready found no list register, or was replaced there
    unsigned lr_count; // those that we use: all but the top one
    struct vgic_list_register lr[VGIC_MAX_LIST_REGISTERS];
    uint8_t sgi_sources[VGIC_SGIS]; // GICv2: the vCPUs whose SGI is latched
    uint32_t waker;                 // GICR_WAKER
    // What the kernel was told last.
    uint32_t ppi_bound; // of irq_controller.hardware
    uint8_t ppi_priority[VGIC_PRIVATE];
    uint32_t sgis_enabled;
    uint64_t sgi_priorities[2];
};

struct vgic_frame;
typedef uint64_t (*vgic_read_fn)(const struct vgic_frame *frame, unsigned offset, unsigned bytes);
typedef void (*vgic_write_fn)(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                              uint64_t value);

// 128 bytes of a register map. A size that is not in `sizes` reads as zero and ignores writes; an entry
// without sizes has no functions.
struct vgic_range {
    vgic_read_fn read;
    vgic_write_fn write;
    unsigned sizes; // enum bus_sizes
};

// A page of registers as one vCPU sees it: which blocks stand in it.
struct vgic_frame {
    struct irq_controller *gic;
    struct vgic_cpu *cpu;
    const struct vgic_range *ranges;
    unsigned first, end; // blocks
};

struct irq_controller {
    struct vm *vm;
    unsigned version; // 2 or 3
    unsigned cpu_count;
    unsigned block_count;
    unsigned timer, ptimer, pmu; // INTIDs of the virtual and the physical timer, and of the PMU; 0: none
    uint32_t hardware;           // these: PPIs whose wires the vCPU's own hardware drives
    uint32_t ctlr;               // group enables, VGIC_CTLR_*
    struct vgic_cpu cpus[VM_MAX_VCPUS];
    struct vgic_frame distributor[VM_MAX_VCPUS];
    struct vgic_frame redistributor[VM_MAX_VCPUS]; // SGI frames
    struct vgic_block blocks[VGIC_MAX_BLOCKS];     // [0] is not used
    uint8_t handler[VGIC_MAX_BLOCKS * 32];         // of a passed one: its slot
    uint32_t affinity[VGIC_MAX_BLOCKS * 32];       // GICv3: GICD_IROUTER, Aff3 in the top byte
};

static inline unsigned vgic_index(const struct vcpu *vcpu) {
    return VM_MAX_VCPUS > 1 ? vcpu->index : 0;
}
static inline unsigned vgic_cpu_count(const struct irq_controller *gic) {
    return VM_MAX_VCPUS > 1 ? gic->cpu_count : 1;
}
static inline struct vgic_cpu *vgic_cpu_of(struct vcpu *vcpu) {
    return &vcpu->vm->irq->cpus[vgic_index(vcpu)];
}
static inline uint32_t vgic_bit(unsigned intid) {
    return 1u << (intid & 31);
}
// The block of `intid` as `cpu` sees it.
static inline struct vgic_block *vgic_block_of(struct vgic_cpu *cpu, unsigned intid) {
    return intid < VGIC_PRIVATE ? &cpu->private : &cpu->gic->blocks[intid / 32];
}
// What a level keeps pending.
static inline uint32_t vgic_levels(const struct vgic_block *block) {
    return (block->line | block->message) & ~block->edge;
}
// Block `n` of a register array, NULL when it does not stand in this frame.
static inline struct vgic_block *vgic_frame_block(const struct vgic_frame *frame, unsigned n) {
    if (n < frame->first || n >= frame->end)
        return NULL;
    return n == 0 ? &frame->cpu->private : &frame->gic->blocks[n];
}

// ---- vgic_deliver.c. `cpu`: for private interrupts their vCPU, for shared ones any. ----

// The interrupts of `block` whose group is enabled.
uint32_t vgic_group_enabled(const struct irq_controller *gic, const struct vgic_block *block);

// Brings each interrupt in `mask` of block `n` where its state says it must be: into a list register, out of
// it, or nowhere; then fills list registers that came free.
void vgic_refresh_block(struct vgic_cpu *cpu, unsigned n, uint32_t mask);
// The same where priority, group or route changed: what is resident and pending is placed anew.
void vgic_replace_block(struct vgic_cpu *cpu, unsigned n, uint32_t mask);
// The same for everything, after a change of the group enables.
void vgic_refresh_all(struct irq_controller *gic);
// An interrupt that is passed through, before each start of the guest: bound, disabled, neither pending nor
// active.
void vgic_reset_passed(struct vgic_cpu *cpu, unsigned intid);

// An edge or a software-set pending state of an interrupt that the VMM delivers.
void vgic_latch(struct vgic_cpu *cpu, unsigned intid);
// GICv2: latches the SGI `sgi` of `source` for `cpu`, whose exit is being handled. If nothing stands in its
// way (it is enabled, idle, and nothing waits), it goes with the answer to the exit.
void vgic_send_sgi(struct vgic_cpu *cpu, unsigned sgi, unsigned source);
// Takes a latched pending state back (of a GICv2 SGI: that of the senders in the mask `sources`). A level
// line that is high stays pending.
void vgic_unlatch(struct vgic_cpu *cpu, unsigned intid, unsigned sources);
// GICv3: a message asserts the SPI `intid`, or no longer does.
void vgic_set_message(struct vgic_cpu *cpu, unsigned intid, bool asserted);
void vgic_set_active(struct vgic_cpu *cpu, unsigned intid);
void vgic_clear_active(struct vgic_cpu *cpu, unsigned intid);

// Pending or active (VGIC_*) interrupts of block `n`, wherever that state is kept.
uint32_t vgic_read_state(struct vgic_cpu *cpu, unsigned n, unsigned state);

// The word of a VGICMaintenance fault: the list register whose interrupt has ended, or enum glacis_irq_end;
// any other value: looks at all list registers.
void vgic_end(struct vgic_cpu *cpu, int end);

// Tells the kernel about the interrupts that it delivers: timers and PMU, on GICv3 the SGIs of group 1.
void vgic_sync_kernel(struct vgic_cpu *cpu);
// Moves private interrupts between kernel and VMM delivery, after a change of group.
void vgic_update_kernel_held(struct vgic_cpu *cpu);

// Empties list registers and what the kernel holds; finds out how many list registers there are.
void vgic_reset_delivery(struct vgic_cpu *cpu);

// ---- vgic_registers.c ----

// An access below VGIC_TABLE_END. BUS_SIZE_n is n, so that the size is its own bit.
static inline uint64_t vgic_read_frame(const struct vgic_frame *frame, unsigned offset, unsigned bytes) {
    const struct vgic_range *range = &frame->ranges[offset >> VGIC_RANGE_SHIFT];
    return (range->sizes & bytes) ? range->read(frame, offset, bytes) : 0;
}
static inline void vgic_write_frame(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                                    uint64_t value) {
    const struct vgic_range *range = &frame->ranges[offset >> VGIC_RANGE_SHIFT];
    if (range->sizes & bytes)
        range->write(frame, offset, bytes, value);
}
// An identification block: 12 words from PIDR4 to CIDR3 (IHI 0048B 4.3.18, IHI 0069 12.1.13).
uint32_t vgic_read_id(const uint8_t bytes[12], unsigned offset);
void vgic_write_ctlr(struct irq_controller *gic, uint32_t value);

// Table entries of the common arrays.
uint64_t vgic_read_group(const struct vgic_frame *frame, unsigned offset, unsigned bytes);
void vgic_write_group(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value);
uint64_t vgic_read_enable(const struct vgic_frame *frame, unsigned offset, unsigned bytes);
void vgic_write_set_enable(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value);
void vgic_write_clear_enable(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value);
uint64_t vgic_read_pending(const struct vgic_frame *frame, unsigned offset, unsigned bytes);
void vgic_write_set_pending(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value);
void vgic_write_clear_pending(const struct vgic_frame *frame, unsigned offset, unsigned bytes,
                              uint64_t value);
uint64_t vgic_read_active(const struct vgic_frame *frame, unsigned offset, unsigned bytes);
void vgic_write_set_active(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value);
void vgic_write_clear_active(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value);
uint64_t vgic_read_priority(const struct vgic_frame *frame, unsigned offset, unsigned bytes);
void vgic_write_priority(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value);
uint64_t vgic_read_config(const struct vgic_frame *frame, unsigned offset, unsigned bytes);
void vgic_write_config(const struct vgic_frame *frame, unsigned offset, unsigned bytes, uint64_t value);

// The entries of the arrays above, for a table indexed by offset >> VGIC_RANGE_SHIFT.
#define VGIC_RANGE(offset) ((offset) >> VGIC_RANGE_SHIFT)
#define VGIC_COMMON_RANGES                                                                                   \
    [VGIC_RANGE(VGIC_IGROUPR)] = {vgic_read_group, vgic_write_group, BUS_SIZE_4},                            \
    [VGIC_RANGE(VGIC_ISENABLER)] = {vgic_read_enable, vgic_write_set_enable, BUS_SIZE_4},                    \
    [VGIC_RANGE(VGIC_ICENABLER)] = {vgic_read_enable, vgic_write_clear_enable, BUS_SIZE_4},                  \
    [VGIC_RANGE(VGIC_ISPENDR)] = {vgic_read_pending, vgic_write_set_pending, BUS_SIZE_4},                    \
    [VGIC_RANGE(VGIC_ICPENDR)] = {vgic_read_pending, vgic_write_clear_pending, BUS_SIZE_4},                  \
    [VGIC_RANGE(VGIC_ISACTIVER)] = {vgic_read_active, vgic_write_set_active, BUS_SIZE_4},                    \
    [VGIC_RANGE(VGIC_ICACTIVER)] = {vgic_read_active, vgic_write_clear_active, BUS_SIZE_4},                  \
    [VGIC_RANGE(VGIC_IPRIORITYR)... VGIC_RANGE(VGIC_ITARGETSR) -                                             \
        1] = {vgic_read_priority, vgic_write_priority, BUS_SIZE_1 | BUS_SIZE_4},                             \
    [VGIC_RANGE(VGIC_ICFGR)... VGIC_RANGE(VGIC_ICFGR + 0xff)] = {vgic_read_config, vgic_write_config,        \
                                                                 BUS_SIZE_4}

// ---- vgic_v2.c, vgic_v3.c ----

// Adds the version's regions to the bus. Returns NULL, or why it cannot.
const char *vgic_v2_add_regions(struct irq_controller *gic);
const char *vgic_v3_add_regions(struct irq_controller *gic);
void vgic_v2_reset(struct irq_controller *gic);
void vgic_v3_reset(struct irq_controller *gic);
// The guest of `vcpu` wrote `value` to ICC_SGI0R_EL1 or ICC_ASGI1R_EL1: an SGI where it is of group 0.
void vgic_v3_write_sgi0r(struct vcpu *vcpu, uint64_t value);

#endif
