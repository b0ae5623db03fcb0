// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The seam: objects and capabilities that the architecture defines (frames, page tables, VSpaces, ASIDs,
// vCPUs).
#ifndef ARCH_OBJECT_H
#define ARCH_OBJECT_H

#include <kernel/invocation.h>

// log2 of the size of an architecture object type of Untyped_Retype, or 0 when the type is not one.
unsigned arch_object_bits(word_t type);
// Whether the type may be made from device memory.
bool arch_object_is_frame(word_t type);
// Makes the capability of a new object on zeroed memory (device: untouched memory).
struct cap arch_object_create(word_t type, paddr_t memory, bool device);

// Capability rules, for types that core/ does not know.
enum status arch_cap_derive(const struct slot *slot, struct cap cap, struct cap *derived) MUST_CHECK;
struct cap arch_cap_mask_rights(struct cap cap, unsigned rights);
// Whether b, of the same type and address as a, is the same object, or lies in it. Of core/'s types: true.
bool arch_cap_same_region(struct cap a, struct cap b);
// Physical start and log2 size of the capability's object for the untyped test; false: it has no memory of
// its own.
bool arch_cap_extent(struct cap cap, word_t *start, unsigned *size_bits);
// Undoes what the capability holds (a mapping, an ASID); `final`: it was the last one of its object.
void arch_cap_finalise(struct cap cap, bool final);

// Invocations of those capabilities: the function for a label, NULL: none (IllegalOperation). The caller has
// checked that the table's words and capabilities are there.
decode_function *arch_invocation(unsigned cap_type, word_t label);

// What TCB_Configure and friends ask: is this a VSpace that can be used (assigned to an ASID)?
bool arch_cap_is_vspace(struct cap cap);
// Checks a frame as IPC buffer at vaddr. STATUS_ERROR with the reply in inv.
enum status arch_check_ipc_buffer(struct invocation *inv, struct cap frame, word_t vaddr) MUST_CHECK;
// The kernel's view of an IPC buffer in that frame, or NULL (no frame, device).
struct sel4_ipc_buffer *arch_ipc_buffer(struct cap frame, word_t vaddr, bool *writable);

// --- invariants (core/invariants.c)

// Marks the entry by which the capability of a frame or of a table is mapped, if it is.
void arch_mark_mapping(struct cap cap);
// Takes the marks out of the VSpace that is in use under the capability's ASID. False: a valid entry had
// none.
bool arch_unmark_mappings(struct cap vspace);

// Whether what the capability of a handler or of a vCPU is bound to (VCPU_BindIRQ) is bound to it.
bool arch_check_interrupts(struct cap cap);

// --- faults

// The message of a fault whose words are registers (UnknownSyscall, UserException); how many there are.
#define ARCH_FAULT_WORDS 13
word_t arch_fault_words(const struct tcb *tcb, word_t words[ARCH_FAULT_WORDS]);
// Applies a reply to a fault of `tcb` that `replier` sent (label, length; words by message_get). Returns
// whether tcb restarts.
bool arch_fault_reply(struct tcb *tcb, const struct tcb *replier, word_t label, word_t length);

// --- boot

// The root VSpace on zeroed memory (SEL4_VSPACE_BITS), in ASID 1 of the pool on zeroed memory
// (SEL4_ASID_POOL_BITS).
struct cap arch_boot_vspace(void *vspace, void *asid_pool, struct cap *asid_pool_cap);
// How many tables of level `level` (2, then 3) the range of root's addresses needs.
word_t arch_boot_table_count(unsigned level, word_t start, word_t end);
// Installs a table (zeroed memory) for the address at `level`; its capability.
struct cap arch_boot_map_table(void *vspace, void *table, unsigned level, word_t vaddr);
// Maps one 4 KiB page, cached, read-write; its capability.
struct cap arch_boot_map_page(void *vspace, paddr_t page, word_t vaddr, bool executable);
// First state of root's thread.
void arch_boot_context(struct tcb *tcb, word_t entry, word_t bootinfo);

#endif
