# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of the manual's maker, and of the tables of abi/ themselves.

UNIT_TESTS += manual
UNIT_SRCS_manual := tests/unit/test_manual.c $(TOOLS_MANUAL_SOURCES)
