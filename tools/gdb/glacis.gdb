# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# What `make gdb` adds to gdb: the kernel's objects in words. Kernel memory can be read while the machine is in the
# kernel only (EL2): glacis-kernel goes there. `help user-defined` lists the commands.

set pagination off
set confirm off
set print pretty on

define glacis-check-el
    if (($cpsr >> 2) & 3) != 2
        error not in the kernel (EL2), whose memory cannot be read now: glacis-kernel goes on to its next entry
    end
end
document glacis-check-el
Ends a command when the machine is not in the kernel.
end

define glacis-kernel
    hbreak entry_syscall
    set $first_stop = $bpnum
    hbreak trap_sync
    set $second_stop = $bpnum
    hbreak trap_irq
    set $third_stop = $bpnum
    continue
    delete $first_stop
    delete $second_stop
    delete $third_stop
end
document glacis-kernel
Goes on to the next system call, fault or interrupt that the kernel does not finish on a short way.
end

define glacis-tcb
    glacis-check-el
    set $tcb = (struct tcb *)($arg0)
    printf "thread %s at %#lx: state %d (0 inactive 1 running 2 restart 3 receive 4 send 5 reply 6 notification 7 vCPU waits)\n", \
        $tcb->name, (unsigned long)$tcb, $tcb->state
    printf "  priority %d, MCP %d, pc %#lx, sp %#lx, spsr %#lx, x0 %#lx, x1 %#lx, x7 %ld\n", $tcb->priority, $tcb->mcp, \
        $tcb->arch.context.pc, $tcb->arch.context.sp, $tcb->arch.context.spsr, $tcb->arch.context.x[0], \
        $tcb->arch.context.x[1], (long)$tcb->arch.context.x[7]
    if $tcb->sc
        printf "  scheduling context %#lx: budget %lu, period %lu, consumed %lu ticks, %d refills\n", \
            (unsigned long)$tcb->sc, $tcb->sc->budget, $tcb->sc->period, $tcb->sc->consumed, $tcb->sc->refill_count
    else
        printf "  no scheduling context\n"
    end
    if $tcb->fault.label
        printf "  fault %lu: %#lx %#lx %#lx %#lx\n", $tcb->fault.label, $tcb->fault.mr[0], $tcb->fault.mr[1], \
            $tcb->fault.mr[2], $tcb->fault.mr[3]
    end
end
document glacis-tcb
glacis-tcb ADDRESS: a thread: state, registers, scheduling context, fault.
end

define glacis-current
    glacis-check-el
    if boot_core.current
        glacis-tcb boot_core.current
    else
        printf "no thread runs\n"
    end
end
document glacis-current
The thread that runs, or ran when the kernel was entered.
end

define glacis-ready
    glacis-check-el
    set $priority = 255
    while $priority >= 0
        set $queued = boot_core.ready[$priority].head
        while $queued
            printf "ready at %d: %s at %#lx\n", $priority, $queued->name, (unsigned long)$queued
            set $queued = $queued->ready_next
        end
        set $priority = $priority - 1
    end
    set $queued = boot_core.release_head
    while $queued
        printf "waits for budget: %s at %#lx until %lu\n", $queued->name, (unsigned long)$queued, \
            $queued->sc->refills[$queued->sc->refill_head].time
        set $queued = $queued->ready_next
    end
    printf "end of the queues\n"
end
document glacis-ready
The ready queues, most urgent first, then the threads that wait for their budget.
end

define glacis-cap
    set $cap_type = (int)($arg0.w0 >> 59)
    set $cap_word = $arg0.w0
    set $cap_object = $arg0.w0 & 0x3fffffffffff
    if $cap_type == 0
        printf "null\n"
    end
    if $cap_type == 1
        printf "Frame of 2^%d bytes at physical %#lx, mapped at %#lx in ASID %lu\n", 12 + 9 * (($cap_word >> 46) & 3), \
            $cap_object, $arg0.w1 & 0xffffffffffff, $arg0.w1 >> 48
    end
    if $cap_type == 2
        printf "Untyped of 2^%d bytes at physical %#lx, device %d, %#lx used\n", ($cap_word >> 46) & 63, $cap_object, \
            ($cap_word >> 52) & 1, ($arg0.w1 & 0x1fffffffff) << 4
    end
    if $cap_type == 3
        printf "PageTable %#lx, mapped at %#lx in ASID %lu\n", $cap_object, $arg0.w1 & 0xffffffffffff, $arg0.w1 >> 48
    end
    if $cap_type == 4
        printf "Endpoint %#lx, rights %lu, badge %#lx\n", $cap_object, ($cap_word >> 46) & 15, $arg0.w1
    end
    if $cap_type == 6
        printf "Notification %#lx, rights %lu, badge %#lx\n", $cap_object, ($cap_word >> 46) & 15, $arg0.w1
    end
    if $cap_type == 8
        printf "Reply %#lx\n", $cap_object
    end
    if $cap_type == 9
        printf "VSpace %#lx, ASID %lu\n", $cap_object, $arg0.w1
    end
    if $cap_type == 10
        printf "CNode of 2^%d slots at %#lx, guard %#lx of %d bits\n", ($cap_word >> 46) & 63, $cap_object, $arg0.w1, \
            ($cap_word >> 52) & 63
    end
    if $cap_type == 12
        printf "TCB %s at %#lx\n", ((struct tcb *)$cap_object)->name, $cap_object
    end
    if $cap_type == 16
        printf "IRQHandler %lu\n", $arg0.w1
    end
    if $cap_type == 22
        printf "SchedContext of 2^%d bytes at %#lx\n", ($cap_word >> 46) & 63, $cap_object
    end
    if $cap_type == 5 || $cap_type == 7 || $cap_type == 11 || ($cap_type > 12 && $cap_type < 16) || \
            ($cap_type > 16 && $cap_type < 22) || $cap_type > 22
        printf "type %d, object %#lx, word 1 %#lx\n", $cap_type, $cap_object, $arg0.w1
    end
end
document glacis-cap
glacis-cap CAP: a capability in words (kernel/include/kernel/cap.h; types as DebugCapIdentify tells them).
end

define glacis-caps
    glacis-check-el
    set $cnode = ((struct tcb *)($arg0))->slots[0].cap
    set $slots = (struct slot *)($cnode.w0 & 0x3fffffffffff)
    set $count = 1 << (($cnode.w0 >> 46) & 63)
    set $slot = $arg1
    while $slot < $count && $slot < $arg1 + $arg2
        if $slots[$slot].cap.w0 >> 59
            printf "slot %d: ", $slot
            glacis-cap $slots[$slot].cap
        end
        set $slot = $slot + 1
    end
end
document glacis-caps
glacis-caps TCB FIRST COUNT: the capabilities in COUNT slots from FIRST of the thread's root CNode.
end

define glacis-slot
    glacis-check-el
    set $one = (struct slot *)($arg0)
    glacis-cap $one->cap
    printf "  before it %#lx, behind it %#lx in the derivation list, flags %lu\n", $one->prev & ~3UL, $one->next, $one->prev & 3
end
document glacis-slot
glacis-slot ADDRESS: a capability slot and its neighbours in the derivation list.
end
