# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Guests: programs that run in a virtual machine. Each has a folder and a fragment here.
# Guest code of ours is position independent and starts with the MMU off, where every access is to Device memory,
# so the compiler must not make unaligned accesses.

CFLAGS_guests := -fpie -fvisibility=hidden -mstrict-align

include guests/bare/bare.mk
-include guests/linux/linux.mk
