// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The PL061 (Arm DDI 0190B, 3.1), looped back on itself. A pin that is an output and high interrupts, since
// the interrupt logic sees the pin and not the direction.
#pragma once

#define PL061_PIN0 0x004 // the pin's data alone: the address masks (3.2.1)

// Pin 0 is an output, low, whose high level interrupts; the interrupt controller passes it on. False: there
// is no such device.
bool pl061_start(void);
// Whether an earlier boot started it: no reset of a VM reaches the device.
bool pl061_is_started(void);
// The line is high from here on; and low, nothing pending in the device.
void pl061_raise(void);
void pl061_lower(void);
// A byte in the device that nothing else uses and no reset of a VM changes (GPIOAFSEL; the pin is looped back
// whatever it says).
u8 pl061_mark(void);
void pl061_set_mark(u8 mark);
