// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Registers of the PL061 (Arm DDI 0190B, 3.1).
#ifndef GUEST_PL061_H
#define GUEST_PL061_H

enum pl061_register {
    PL061_DATA0 = 0x004, // pin 0 alone: the address masks
    PL061_DIR = 0x400,
    PL061_IS = 0x404,
    PL061_IEV = 0x40c,
    PL061_IE = 0x410,
    PL061_IC = 0x41c,
};

#endif
