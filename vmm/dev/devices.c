// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The devices of this VMM, emulated or passed through (passthrough.c): one word each. The descriptor stands
// at the end of the device's file.
#include <vmm/include/vmm/device.h>

#define VIRTUAL_DEVICES(device) device(pl011) device(pl061)

#define DECLARE(name) extern const struct device_type name##_device;
VIRTUAL_DEVICES(DECLARE)

#define ENTRY(name) &name##_device,
const struct device_type *const device_types[] = {VIRTUAL_DEVICES(ENTRY) NULL};
