// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// How long a device's interrupt takes, measured in the kernel: a PL061 whose pin 0 is an output raises its
// interrupt when we write the pin (ARM DDI 0190B: the level is sensed on the pin itself, whoever drives it).
// Loading the module measures `iterations` times; /proc/irq_latency then has a line with the counter's
// frequency and for each iteration two lines, in ticks of CNTVCT_EL0:
//     handler N   from the instruction before the write to the first line of the handler
//     end N       from it to the interrupted code's going on (handler, end of interrupt, exception's end)
//
// Invariants:
// 1. Between two reads of the counter there is nothing of ours but the write, the handler's acknowledgement
// and a load that waits for the handler.
// 2. The interrupted code cannot be preempted or moved to another CPU in an iteration; interrupts stay
// enabled.
// 3. A device whose interrupt does not come is an error of the probe after a tenth of a second, never a hang.
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/preempt.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include <asm/arch_timer.h>

#define GPIO_DATA 0x004 // bits 9 to 2 of the address choose the pins: pin 0
#define GPIO_DIR  0x400
#define GPIO_IS   0x404
#define GPIO_IBE  0x408
#define GPIO_IEV  0x40c
#define GPIO_IE   0x410
#define GPIO_IC   0x41c
#define PIN_0     1u

#define ITERATIONS_MAX 1000000u
#define WARM_UP        16u

static unsigned int iterations = 10000;
module_param(iterations, uint, 0444);
MODULE_PARM_DESC(iterations, "how many interrupts are measured (1 to 1000000)");

struct sample {
    u64 handler, end;
};

static struct latency {
    void __iomem *base;
    u64 entered; // the counter in the handler's first line
    bool handled;
    struct sample *samples;
} latency;

// A read that no earlier or later instruction passes (Arm ARM D11.2.2).
static __always_inline u64 counter_read(void) {
    u64 ticks;
    asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
    return ticks;
}

static irqreturn_t latency_handle(int irq, void *context) {
    u64 entered = counter_read();
    struct latency *l = context;
    writel_relaxed(0, l->base + GPIO_DATA);
    writel_relaxed(PIN_0, l->base + GPIO_IC);
    l->entered = entered;
    WRITE_ONCE(l->handled, true);
    return IRQ_HANDLED;
}

static int latency_measure_one(struct latency *l, struct sample *sample) {
    u64 begin, end, limit = arch_timer_get_cntfrq() / 10;
    WRITE_ONCE(l->handled, false);
    preempt_disable();
    begin = counter_read();
    writel_relaxed(PIN_0, l->base + GPIO_DATA);
    do {
        end = counter_read();
    } while (!READ_ONCE(l->handled) && end - begin < limit);
    preempt_enable();
    if (!READ_ONCE(l->handled)) {
        return -ETIMEDOUT;
    }
    *sample = (struct sample){.handler = l->entered - begin, .end = end - begin};
    return 0;
}

static int latency_measure(struct latency *l) {
    unsigned int i;
    int error = 0;
    for (i = 0; i < WARM_UP && error == 0; i++) {
        error = latency_measure_one(l, &l->samples[0]);
    }
    for (i = 0; i < iterations && error == 0; i++) {
        error = latency_measure_one(l, &l->samples[i]);
    }
    return error;
}

// Pin 0 an output at 0, its interrupt on the high level.
static void pin_set_up(const struct latency *l) {
    writel_relaxed(0, l->base + GPIO_IE);
    writel_relaxed(PIN_0, l->base + GPIO_DIR);
    writel_relaxed(0, l->base + GPIO_DATA);
    writel_relaxed(PIN_0, l->base + GPIO_IS);
    writel_relaxed(0, l->base + GPIO_IBE);
    writel_relaxed(PIN_0, l->base + GPIO_IEV);
    writel_relaxed(PIN_0, l->base + GPIO_IC);
    writel_relaxed(PIN_0, l->base + GPIO_IE);
}

static int latency_probe(struct platform_device *device) {
    struct latency *l = &latency;
    int irq = platform_get_irq(device, 0), error;
    l->base = devm_platform_ioremap_resource(device, 0);
    if (IS_ERR(l->base)) {
        return PTR_ERR(l->base);
    }
    if (irq < 0) {
        return irq;
    }
    writel_relaxed(0, l->base + GPIO_IE);
    // Not in a thread on an -rt kernel: the first line of the handler is the interrupt's, there too.
    error = devm_request_irq(&device->dev, irq, latency_handle, IRQF_NO_THREAD, "irq_latency", l);
    if (error != 0) {
        return error;
    }
    pin_set_up(l);
    error = latency_measure(l);
    writel_relaxed(0, l->base + GPIO_IE);
    if (error != 0) {
        dev_err(&device->dev, "no interrupt after a tenth of a second\n");
    }
    return error;
}

static const struct of_device_id latency_match[] = {{.compatible = "glacis,irq-latency"}, {}};
MODULE_DEVICE_TABLE(of, latency_match);

static struct platform_driver latency_driver = {
    .driver = {.name = "irq_latency", .of_match_table = latency_match},
};

static int samples_show(struct seq_file *file, void *context) {
    unsigned int i;
    seq_printf(file, "frequency %u\n", arch_timer_get_cntfrq());
    for (i = 0; i < iterations; i++) {
        seq_printf(file, "handler %llu\nend %llu\n", latency.samples[i].handler, latency.samples[i].end);
    }
    return 0;
}

static int __init latency_init(void) {
    int error;
    if (iterations < 1 || iterations > ITERATIONS_MAX) {
        return -EINVAL;
    }
    latency.samples = vzalloc(array_size(iterations, sizeof(struct sample)));
    if (latency.samples == NULL) {
        return -ENOMEM;
    }
    // Registers and probes at once; -ENODEV when the device tree has no such node or the probe fails.
    error = platform_driver_probe(&latency_driver, latency_probe);
    if (error == 0 && proc_create_single("irq_latency", 0444, NULL, samples_show) == NULL) {
        platform_driver_unregister(&latency_driver);
        error = -ENOMEM;
    }
    if (error != 0) {
        vfree(latency.samples);
    }
    return error;
}

static void __exit latency_exit(void) {
    remove_proc_entry("irq_latency", NULL);
    platform_driver_unregister(&latency_driver);
    vfree(latency.samples);
}

module_init(latency_init);
module_exit(latency_exit);
MODULE_DESCRIPTION("Interrupt latency of a PL061 looped back on itself");
MODULE_LICENSE("Dual BSD/GPL");
