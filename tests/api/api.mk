# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# API tests: each tests/api/<name>.c with a main() is a root task of its own, $(OUT)/tests/api/<name>.elf, and an image,
# $(OUT)/tests/api/<name>.img. They print through a debug system call: BUILD=debug.

# By object, then what waits, what leaks, and what a processor lets nobody do.
API_TESTS := boot retype cnode cnode_lookup cnode_derive cnode_revoke tcb tcb_run sched sched_budget sched_donation sched_order \
	irq domain message vspace vspace_errors vcpu vcpu_errors vcpu_time cpu_interface bind_irq delete_vm guest guest_call \
	ipc ipc_registers ipc_failures ipc_messages notification fault fault_replies blocking blocking_fault \
	leak_registers leak_memory leak_huge leak_guest leak_interrupts processor processor_privilege

# boot_*.c: root tasks laid out as the seL4 API's own are.
API_BOOT_TESTS := boot_image boot_memory boot_thread

API_SHARED := $(call target-objs,tests/api/harness.c tests/api/start.S tests/api/registers.S)
API_BOOT_ELFS := $(API_BOOT_TESTS:%=$(OUT)/tests/api/%.elf)
API_ELFS := $(API_TESTS:%=$(OUT)/tests/api/%.elf)
API_IMAGES := $(patsubst %,$(OUT)/tests/api/%.img,$(API_TESTS) $(API_BOOT_TESTS))

$(API_ELFS): $(OUT)/tests/api/%.elf: $(OUT)/tests/api/%.o $(API_SHARED) $(COMPONENT_LD)
	$(link-component)

$(API_BOOT_ELFS): $(OUT)/tests/api/%.elf: $(OUT)/tests/api/%.o $(call target-objs,tests/api/harness.c tests/api/boot_root_start.S) \
		tests/api/boot_root.ld
	$(call say,LINK,$@)
	$(Q)$(TARGET_CC) $(TARGET_LDFLAGS) -Wl,--no-warn-rwx-segments -T tests/api/boot_root.ld -o $@ $(filter %.o,$^)

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
