// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
#ifndef TOOLS_MANUAL_CHECK_H
#define TOOLS_MANUAL_CHECK_H

#include "table.h"

// Reports what the tables lack or have too much of: documentation that is missing, double or of something
// that does not exist, numbers that stand twice, objects and methods that nothing defines.
void check_tables(const struct tables *tables, struct report *report);

#endif
