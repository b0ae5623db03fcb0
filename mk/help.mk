# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make help`: every target and variable that a user needs. A target that is not here is a part of one that is.

define HELP
Glacis: a capability kernel, VMMs in user space, and the benchmark of both.

  make bench [CASES="sysbench boot"] [QUICK=1]   Linux bare-metal and as a guest: the table of overheads
  make bench BASELINE=file [BOUND=0.5]           compared with an older results.json: a regression of more per cent is an error
  make bench BENCH_BOOTS=5 BENCH_SEED=0 BENCH_ORDER=0 [VERBOSE=1]
                                                 boots of each side, number of the first one's seeds, order (0: turns; else random);
                                                 VERBOSE: with the consoles
  make results                                   keeps the last run in docs/results/: results and the main plots
  make report [RESULTS=file]                     the report of a run: build/bench/report/report.html, CSV, JSON, JUnit
  make bench CASES="micro tick" [CHECK=1]        single operations of a bare-metal guest; CHECK: a budget exceeded is an error
  make trace CASE=micro-gicd-read                the path of one of them, through kernel and VMM
  make bench-kernel [TRACE=call] [CHECK=1]       the kernel's own operations in instructions (TRACE says where they go),
                                                 and how long it keeps interrupts masked in any test
  make bench-kernel-run | bench-kernel-stretch   the one, the other
  make test [SUITE="unit fuzz model api guest system bench lint"] [TEST=text]
                                                 all tests, or those suites, or those whose name has the text
  make coverage                                  lines and branches of the kernel that its unit tests run
  make fuzz [SECONDS=60] [JOBS=1]                random system calls against the kernel on this machine (libFuzzer)
  make fuzz-repeat INPUT=file                    one input of it, in words
  make stress [SECONDS=60] [SEED="n ..."]         a guest that programs its interrupt controller at random beside another, on both GICs,
                                                 for so many seconds with each seed (three new ones)
  make model [MODEL=ipc]                         check the models of tests/model/ with Spin: every state, every planted mistake
  make run [SYSTEM=linux]                        start a system; Ctrl-A x quits
  make image [SYSTEM=linux]                      build its image only
  make run ROOT=file, make image ROOT=file       kernel and one root task (ELF) alone, with nothing else in the image
  make gdb [SYSTEM=bare | ROOT=file] BUILD=debug   the same, halted at its first instruction, under gdb
  make guest-tree [SYSTEM=linux]                 the device tree that its guest sees
  make deps | deps-test                          install what is missing (Debian packages; deps-test: of the tests too), fetch the
                                                 guests' packages
  make doctor                                    only say what is missing, and the mend
  make lint                                      formatting, static analysis, warnings of both compilers
  make kernel | services | tools | unit-tests    build a part
  make manual                                    write docs/manual, the kernel's interface, from abi/
  make clean                                     remove build/

Variables (NAME=value on the command line):
  SYSTEM    the system: $(sort $(notdir $(patsubst %/system.conf,%,$(wildcard systems/*/system.conf))))  [$(SYSTEM)]
  ROOT      a root task in the place of a system: a static AArch64 ELF program, as linked against libsel4
  KERNEL    a kernel for the guest: arm64 Image or ELF (with several VMs: vm=file)
  INITRD    an initial RAM disk for it
  CMDLINE   its command line; CMDLINE_APPEND adds to it
  MEMORY    its memory in MiB
  BOARD     the board: $(sort $(notdir $(patsubst %/board.mk,%,$(wildcard boards/*/board.mk))))  [$(BOARD)]
  GIC       interrupt controller, 2 or 3  [$(GIC)]
  BUILD     release or debug (checks and debug system calls)  [$(BUILD)]
  BOARD_MEMORY  the machine's memory in MiB  [$(BOARD_MEMORY)]
  QEMU_CPU  the machine's CPU: cortex-a53, cortex-a57, cortex-a72, max  [$(QEMU_CPU)]
  V         1 shows every command
endef

.PHONY: help
help:
	$(info $(HELP))
	@:
