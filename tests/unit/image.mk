# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Unit tests of tools/image and of the test runner.

UNIT_TESTS += image_system image_fuzz image_compile image_board image_pack runner

IMAGE_TEST_SYSTEM := $(addprefix tools/image/,bytes.c report.c lex.c parse.c settings.c)
UNIT_SRCS_image_system := tests/unit/test_image_system.c $(IMAGE_TEST_SYSTEM)
UNIT_SRCS_image_fuzz := tests/unit/test_image_fuzz.c $(IMAGE_TEST_SYSTEM)
UNIT_SRCS_image_compile := tests/unit/test_image_compile.c tests/unit/image_sample.c $(TOOLS_COMPILE_SOURCES) \
	services/root/check.c lib/base/format.c
UNIT_LIBS_image_compile := -lelf -lfdt
UNIT_SRCS_image_board := tests/unit/test_image_board.c $(addprefix tools/image/,bytes.c report.c board.c)
UNIT_LIBS_image_board := -lfdt
UNIT_SRCS_image_pack := tests/unit/test_image_pack.c tests/unit/image_sample.c $(TOOLS_PACK_SOURCES)
UNIT_LIBS_image_pack := -lelf
UNIT_SRCS_runner := tests/unit/test_runner.c tests/runner/job.c tests/runner/list.c

# The board's trees, where the tests look for them.
IMAGE_TEST_TREES := $(HTEST)/gic2.dtb $(HTEST)/gic3.dtb
$(IMAGE_TEST_TREES): $(HTEST)/%.dtb: boards/$(BOARD)/%.dts $(wildcard boards/$(BOARD)/*.dtsi)
	$(call say,DTC,$<)
	@mkdir -p $(@D)
	$(Q)dtc -q -I dts -O dtb -o $@ $<
$(HTEST)/bin/image_compile $(HTEST)/bin/image_board: | $(IMAGE_TEST_TREES)
