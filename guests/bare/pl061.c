// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The PL061 looped back on itself (pl061.h).
#include "guests/bare/bare.h"
#include "guests/bare/pl061.h"

enum pl061_register {
    PL061_DIR = 0x400,
    PL061_IS = 0x404,
    PL061_IEV = 0x40c,
    PL061_IE = 0x410,
    PL061_IC = 0x41c,
    PL061_AFSEL = 0x420,
};

void pl061_raise(void) {
    write32(machine.gpio.base + PL061_PIN0, 1);
}

void pl061_lower(void) {
    write32(machine.gpio.base + PL061_PIN0, 0);
    write32(machine.gpio.base + PL061_IC, 1);
}

bool pl061_is_started(void) {
    return machine.gpio.size && read32(machine.gpio.base + PL061_DIR);
}

u8 pl061_mark(void) {
    return (u8)read32(machine.gpio.base + PL061_AFSEL);
}

void pl061_set_mark(u8 mark) {
    write32(machine.gpio.base + PL061_AFSEL, mark);
}

bool pl061_start(void) {
    u64 gpio = machine.gpio.base;
    if (!machine.gpio.size) {
        return false;
    }
    write32(gpio + PL061_IE, 0);
    write32(gpio + PL061_DIR, 1);
    write32(gpio + PL061_IS, 1);
    write32(gpio + PL061_IEV, 1);
    pl061_lower();
    write32(gpio + PL061_IE, 1);
    gic_enable(machine.gpio_intid);
    return true;
}
