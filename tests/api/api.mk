# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# API tests: each tests/api/<name>.c with a main() is a root task of its own, $(OUT)/tests/api/<name>.elf, and an image,
# $(OUT)/tests/api/<name>.img. They print through a debug system call: BUILD=debug.

API_TESTS := boot retype cnode ipc notification tcb sched fault vspace irq vcpu guest processor
# System calls, IPC, faults, address spaces, vCPUs; what must not pass from one owner to another.
API_TESTS += ipc_registers ipc_failures ipc_messages fault_replies leak_registers leak_memory leak_huge leak_guest leak_interrupts
API_TESTS += processor_privilege blocking blocking_fault vspace_errors vcpu_errors

API_SHARED := $(call target-objs,tests/api/harness.c tests/api/start.S tests/api/registers.S)
API_ELFS := $(API_TESTS:%=$(OUT)/tests/api/%.elf)
API_IMAGES := $(API_TESTS:%=$(OUT)/tests/api/%.img)

$(API_ELFS): $(OUT)/tests/api/%.elf: $(OUT)/tests/api/%.o $(API_SHARED) $(COMPONENT_LD)
	$(link-component)

$(API_IMAGES): %.img: %.elf $(KERNEL_BIN) $(GLACIS_IMAGE)
	$(call say,IMAGE,$@)
	$(Q)$(GLACIS_IMAGE) --kernel $(KERNEL_BIN) --root $< --output $@

.PHONY: api-tests api-image show-machine
api-tests: $(API_IMAGES)

# The image of API_TEST as API_IMAGE, where a run of another BUILD expects it.
api-image: $(OUT)/tests/api/$(API_TEST).img
	@mkdir -p $(dir $(API_IMAGE))
	$(Q)cmp -s $< $(API_IMAGE) || cp $< $(API_IMAGE)

# For test scripts: the command that starts the machine.
show-machine:
	@echo '$(QEMU) $(QEMU_FLAGS) -serial stdio'
