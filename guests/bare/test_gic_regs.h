// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Register tests that GICv2 and GICv3 share; one works on INTIDs of either the distributor or the SGI frame.
#pragma once

#include "guests/bare/bare.h"

// Pairs of set and clear registers: W1S, W1C, zeros ignored, both read alike.
void gic_check_enable(u32 intid);
void gic_check_pending(u32 intid);
void gic_check_active(u32 intid);
// Byte and word access; low bits that are not implemented read as zero.
void gic_check_priority(u32 intid);
// Trigger bit of one SPI.
void gic_check_config(u32 spi);
// Group bit: writable, or fixed.
void gic_check_group(u32 intid);
// Registers of INTIDs behind the last one: read as zero, ignore writes.
void gic_check_beyond(void);
// PIDR2.ArchRev and the CIDR bytes of the frame at `frame`, whose ID registers end at `end`.
void gic_check_ids(u64 frame, u64 end);
void gic_check_typer(void);
void gic_check_ctlr(u32 enable);
