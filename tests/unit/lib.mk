# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of lib/base, services/root and services/console.

UNIT_TESTS += string format ring console spec root_memory root_report

UNIT_SRCS_string := tests/unit/test_string.c
UNIT_SRCS_format := tests/unit/test_format.c lib/base/format.c
UNIT_SRCS_ring := tests/unit/test_ring.c lib/base/ring.c
UNIT_SRCS_console := tests/unit/test_console.c services/console/mux.c lib/base/ring.c lib/base/format.c
UNIT_SRCS_spec := tests/unit/test_spec.c services/root/check.c lib/base/format.c
UNIT_SRCS_root_memory := tests/unit/test_root_memory.c services/root/memory.c services/root/check.c lib/base/format.c
UNIT_SRCS_root_report := tests/unit/test_root_report.c services/root/report.c lib/base/format.c
