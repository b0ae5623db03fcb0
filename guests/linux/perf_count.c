// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// /init of the test of perf events (tests/system/perf.sh): what Linux's performance events count and sample,
// as lines `@perf NAME VALUE`; then it powers off. It runs on the bare machine and as a guest.
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS        20000000u // of two instructions
#define SAMPLE_PERIOD 100000u
#define SAMPLE_CALLS  20000u // with 100 rounds each

static volatile sig_atomic_t overflows;

static void on_overflow(int number) {
    (void)number;
    overflows++;
}

static int event_open(uint64_t config, uint64_t period) {
    struct perf_event_attr attr = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof(attr),
        .config = config,
        .sample_period = period,
        .disabled = 1,
        .pinned = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
        .wakeup_events = period ? 1 : 0,
    };
    int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
    if (fd < 0) {
        printf("@perf error perf_event_open: %s\n", strerror(errno));
    }
    return fd;
}

static void spin(uint64_t rounds) {
    __asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(rounds) : : "cc");
}

// What an event counts of this thread at EL0 while it spins.
static void count(const char *name, uint64_t config, uint64_t rounds) {
    uint64_t value = 0;
    int fd = event_open(config, 0);
    if (fd < 0) {
        return;
    }
    ioctl(fd, PERF_EVENT_IOC_RESET, 0);
    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
    spin(rounds);
    ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
    if (read(fd, &value, sizeof(value)) != sizeof(value)) {
        printf("@perf error %s: no count: %s\n", name, strerror(errno));
    }
    printf("@perf %s %llu\n", name, (unsigned long long)value);
    close(fd);
}

// Overflow interrupts, as signals. System calls in between, because an emulator may look at a counter only
// when the exception level changes.
static void sample(void) {
    int fd = event_open(PERF_COUNT_HW_INSTRUCTIONS, SAMPLE_PERIOD);
    uint64_t value = 0;
    if (fd < 0) {
        return;
    }
    signal(SIGIO, on_overflow);
    fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK | FASYNC);
    fcntl(fd, F_SETOWN, getpid());
    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
    for (unsigned i = 0; i < SAMPLE_CALLS; i++) {
        spin(100);
        syscall(SYS_getppid);
    }
    ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
    if (read(fd, &value, sizeof(value)) != sizeof(value)) {
        printf("@perf error samples: no count: %s\n", strerror(errno));
    }
    printf("@perf samples %d\n", (int)overflows);
    printf("@perf samples-due %llu\n", (unsigned long long)value / SAMPLE_PERIOD);
    close(fd);
}

int main(void) {
    mkdir("/dev", 0755);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    int console = open("/dev/console", O_RDWR);
    for (int fd = 0; fd < 3 && console >= 0; fd++) {
        dup2(console, fd);
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    count("instructions", PERF_COUNT_HW_INSTRUCTIONS, ROUNDS);
    count("instructions-twice", PERF_COUNT_HW_INSTRUCTIONS, 2 * ROUNDS);
    count("cycles", PERF_COUNT_HW_CPU_CYCLES, ROUNDS);
    sample();
    reboot(RB_POWER_OFF);
    for (;;) {
        pause();
    }
}
