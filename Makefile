# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The one Makefile. Every folder states its part in <folder>/<folder>.mk; mk/rules.mk holds the compile rules.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

VERSION := 0.1.0

BOARD ?= qemu-virt
GIC   ?= 3
BUILD ?= release
SYSTEM ?= linux

ifeq ($(filter $(GIC),2 3),)
$(error GIC=$(GIC) is not known: use GIC=2 or GIC=3)
endif
ifeq ($(filter $(BUILD),release debug),)
$(error BUILD=$(BUILD) is not known: use BUILD=release or BUILD=debug)
endif
ifeq ($(wildcard boards/$(BOARD)/board.mk),)
$(error BOARD=$(BOARD) has no boards/$(BOARD)/board.mk: the boards are $(notdir $(patsubst %/board.mk,%,$(wildcard boards/*/board.mk))))
endif

.PHONY: all
all: image

include mk/rules.mk
include boards/$(BOARD)/board.mk
include mk/deps.mk
include $(wildcard kernel/kernel.mk lib/lib.mk services/services.mk vmm/vmm.mk tools/tools.mk guests/guests.mk \
	systems/systems.mk bench/bench.mk tests/tests.mk mk/lint.mk mk/help.mk)

.PHONY: clean
clean:
	rm -rf build

-include $(shell find build -name '*.d' -type f 2>/dev/null)
