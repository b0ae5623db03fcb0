# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
