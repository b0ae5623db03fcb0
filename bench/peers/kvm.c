// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The peer KVM: /init of a Linux host that runs one guest, with KVM's interrupt controller and timers and the
// VMM's own model of the UART (vmm/dev/pl011.c), and switches the machine off when the guest has ended. The
// files are /guest/kernel, /guest/initrd and /guest/tree, the tree that a native run has; all is put where
// the native run has it. The one change: KVM answers PSCI by HVC. The interface is that of Linux's
// Documentation/virt/kvm/api.rst and devices/arm-vgic*.rst.
//
// Invariants: 1. all is loaded before the vCPU is made, and the virtual counter starts at 0 at the guest's
// first instruction; 2. what the guest prints goes out at once, so that nothing waits in a ring when it
// ends; 3. an error says what failed, and ends in power-off too.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libfdt.h>
#include <linux/kvm.h>

#include <bench/runner/tree.h>
#include <board.h>
#include <vmm/include/vmm/irq.h>
#include <vmm/include/vmm/page.h>
#include <vmm/include/vmm/vm.h>

#define PSTATE_EL1H     5u // D, A, I and F masked: 0x3c0
#define PSTATE_MASKED   0x3c0u
#define CORE_REG(field) (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))

extern const struct device_type pl011_device; // vmm/dev/pl011.c

static struct vm vm;
static int vm_fd, gic_version;
static uint8_t *memory;

static void power_off(void) {
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}

static __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...) {
    int error = errno;
    va_list list;
    va_start(list, format);
    printf("@fail kvm ");
    vprintf(format, list);
    printf(": %s\n", strerror(error));
    va_end(list);
    power_off();
    abort();
}

static int control(int fd, unsigned long request, void *argument, const char *what) {
    int result = ioctl(fd, request, argument);
    if (result < 0)
        fail("%s", what);
    return result;
}

// --- what the UART's model calls

void irq_set_level(struct vm *owner, unsigned intid, bool high) {
    (void)owner;
    // irq: the type in bits 31:24, the number in 15:0.
    struct kvm_irq_level line = {.irq = (uint32_t)KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | intid,
                                 .level = high};
    control(vm_fd, KVM_IRQ_LINE, &line, "KVM_IRQ_LINE");
}

uint32_t console_write(struct console *console, const uint8_t *bytes, uint32_t length) {
    (void)console;
    ssize_t done = write(STDOUT_FILENO, bytes, length);
    return done < 0 ? 0 : (uint32_t)done;
}

bool console_write_byte(struct console *console, uint8_t byte) {
    return console_write(console, &byte, 1) == 1;
}

// No register page: reads are exits to this program, as they are in the usual ones.
struct register_page register_page_of(const struct vm_device *config) {
    (void)config;
    return (struct register_page){0};
}

void register_page_show(struct register_page *page) {
    (void)page;
}

void register_page_hide(struct register_page *page) {
    (void)page;
}

uint32_t console_read(struct console *console, uint8_t *bytes, uint32_t length) {
    (void)console, (void)bytes, (void)length;
    return 0;
}

// --- the VM

// The file at /guest/NAME goes to guest-physical `address`. Returns its size.
static uint64_t load(const struct tree_layout *layout, const char *name, uint64_t address) {
    char path[64];
    struct stat status;
    snprintf(path, sizeof(path), "/guest/%s", name);
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &status) < 0)
        fail("%s", path);
    uint64_t size = (uint64_t)status.st_size, offset = address - layout->memory_base;
    if (offset > layout->memory_size || size > layout->memory_size - offset) {
        errno = ENOSPC;
        fail("%s at 0x%llx", path, (unsigned long long)address);
    }
    for (uint64_t done = 0; done < size;) {
        ssize_t more = read(fd, memory + offset + done, size - done);
        if (more <= 0)
            fail("%s", path);
        done += (uint64_t)more;
    }
    close(fd);
    return size;
}

// Reads a file's first bytes.
static size_t read_head(const char *path, uint8_t *bytes, size_t size) {
    int fd = open(path, O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, bytes, size);
    if (length < 0)
        fail("%s", path);
    close(fd);
    return (size_t)length;
}

static void memory_fill(struct tree_layout *layout) {
    static uint8_t tree[1 << 20], header[64];
    size_t size = read_head("/guest/tree", tree, sizeof(tree));
    read_head("/guest/kernel", header, sizeof(header));
    const char *wrong = tree_layout_derive(tree, size, header, layout);
    if (wrong != NULL) {
        errno = EINVAL;
        fail("%s", wrong);
    }
    memory = mmap(NULL, layout->memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("%llu MiB of memory", (unsigned long long)(layout->memory_size >> 20));
    madvise(memory, layout->memory_size, MADV_HUGEPAGE);
    load(layout, "kernel", layout->kernel);
    if (layout->initrd != 0)
        load(layout, "initrd", layout->initrd);
    load(layout, "tree", layout->tree);
    void *loaded = memory + (layout->tree - layout->memory_base);
    if (fdt_setprop_inplace(loaded, fdt_path_offset(loaded, "/psci"), "method", "hvc", 4) != 0) {
        errno = EINVAL;
        fail("the tree's /psci has no method of three letters");
    }
    gic_version = fdt_node_offset_by_compatible(loaded, -1, "arm,gic-v3") >= 0 ? 3 : 2;
}

static void gic_attribute(int fd, uint32_t group, uint64_t attribute, uint64_t *value) {
    struct kvm_device_attr attr = {.group = group, .attr = attribute, .addr = (uintptr_t)value};
    control(fd, KVM_SET_DEVICE_ATTR, &attr, "KVM_SET_DEVICE_ATTR of the interrupt controller");
}

// After the vCPU: the controller counts them.
static void gic_create(void) {
    struct kvm_create_device device = {.type = gic_version == 2 ? KVM_DEV_TYPE_ARM_VGIC_V2
                                                                : KVM_DEV_TYPE_ARM_VGIC_V3};
    control(vm_fd, KVM_CREATE_DEVICE, &device, "KVM_CREATE_DEVICE of the interrupt controller");
    int fd = (int)device.fd;
    uint64_t distributor = BOARD_GICD_BASE, cpu_interface = BOARD_GICC_BASE, redistributors = BOARD_GICR_BASE;
    bool v2 = gic_version == 2;
    gic_attribute(fd, KVM_DEV_ARM_VGIC_GRP_ADDR, v2 ? KVM_VGIC_V2_ADDR_TYPE_DIST : KVM_VGIC_V3_ADDR_TYPE_DIST,
                  &distributor);
    gic_attribute(fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
                  v2 ? KVM_VGIC_V2_ADDR_TYPE_CPU : KVM_VGIC_V3_ADDR_TYPE_REDIST,
                  v2 ? &cpu_interface : &redistributors);
    gic_attribute(fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

static void register_set(int vcpu, uint64_t id, uint64_t value) {
    struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)&value};
    control(vcpu, KVM_SET_ONE_REG, &reg, "KVM_SET_ONE_REG");
}

static int vcpu_create(void) {
    int vcpu = control(vm_fd, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
    struct kvm_vcpu_init init;
    control(vm_fd, KVM_ARM_PREFERRED_TARGET, &init, "KVM_ARM_PREFERRED_TARGET");
    init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
    control(vcpu, KVM_ARM_VCPU_INIT, &init, "KVM_ARM_VCPU_INIT");
    return vcpu;
}

static void vcpu_start(int vcpu, const struct tree_layout *layout) {
    register_set(vcpu, CORE_REG(regs.pc), layout->kernel);
    register_set(vcpu, CORE_REG(regs.regs[0]), layout->tree);
    register_set(vcpu, CORE_REG(regs.pstate), PSTATE_EL1H | PSTATE_MASKED);
    register_set(vcpu, KVM_REG_ARM_TIMER_CNT, 0);
}

static void access_perform(const struct kvm_run *run) {
    struct vcpu *vcpu = &vm.vcpus[0];
    const struct bus_region *region = bus_lookup(&vm.bus, run->mmio.phys_addr);
    uint64_t value = 0, bytes = run->mmio.len;
    if (region == NULL) {
        errno = EFAULT;
        fail("the guest's access to 0x%llx", (unsigned long long)run->mmio.phys_addr);
    }
    uint64_t offset = run->mmio.phys_addr - region->ipa;
    if (run->mmio.is_write) {
        memcpy(&value, run->mmio.data, bytes);
        region->write(vcpu, region->device, offset, (unsigned)bytes, value);
    } else {
        value = region->read(vcpu, region->device, offset, (unsigned)bytes);
        memcpy((void *)run->mmio.data, &value, bytes);
    }
}

static void guest_run(int vcpu, const struct kvm_run *run) {
    for (;;) {
        if (ioctl(vcpu, KVM_RUN, NULL) < 0 && errno != EINTR)
            fail("KVM_RUN");
        if (run->exit_reason == KVM_EXIT_MMIO) {
            access_perform(run);
        } else if (run->exit_reason == KVM_EXIT_SYSTEM_EVENT) {
            return;
        } else if (run->exit_reason != KVM_EXIT_INTR) {
            errno = EPROTO;
            fail("exit %u of the guest", run->exit_reason);
        }
    }
}

int main(void) {
    static const struct vm_device uart = {
        .type = VM_DEVICE_PL011, .ipa = BOARD_UART_BASE, .size = 0x1000, .irq = BOARD_UART_IRQ};
    static uint64_t uart_state[64];
    static struct ring_page input; // nobody types
    struct tree_layout layout;
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    memory_fill(&layout);

    int kvm = open("/dev/kvm", O_RDWR);
    if (kvm < 0)
        fail("/dev/kvm");
    vm_fd = control(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
    struct kvm_userspace_memory_region region = {.guest_phys_addr = layout.memory_base,
                                                 .memory_size = layout.memory_size,
                                                 .userspace_addr = (uintptr_t)memory};
    control(vm_fd, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");

    int vcpu = vcpu_create();
    gic_create();
    vm.console.input = ring_input(&input);
    bus_init(&vm.bus);
    const char *error = pl011_device.create(uart_state, &vm, &uart);
    if (error != NULL) {
        errno = EINVAL;
        fail("%s", error);
    }
    pl011_device.reset(uart_state);
    int size = control(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");
    struct kvm_run *run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED)
        fail("the vCPU's shared page");
    vcpu_start(vcpu, &layout);
    guest_run(vcpu, run);
    power_off();
}
