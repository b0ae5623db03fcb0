# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# Peers: other hypervisors that run the same guests on the same emulated machine (`make bench PEERS="xen kvm"`), from Debian's
# packages. Each has a target that prepares a case, PEER_FILE from PEER_KERNEL, PEER_INITRD (may be empty) and PEER_TREE, and
# a command that boots it.

PEERS ?=
# Boots of each peer for each case.
PEER_BOOTS ?= $(BENCH_BOOTS)
PEERS_KNOWN := xen kvm
PEERS_DIR := build/peers
PEER_PACKAGES := $(CACHE)/peers
PEER_XEN := $(PEERS_DIR)/xen/boot/xen
# What the hypervisor's machine has beside the guest's memory, in MiB.
PEER_MEMORY := 1024

$(PEER_PACKAGES)/SHA256SUMS: bench/peers/packages.list mk/guest-fetch.sh
	$(Q)mk/guest-fetch.sh bench/peers/packages.list $(PEER_PACKAGES)

# --- Xen, without a dom0: it starts its one guest from the device tree

$(PEER_XEN): $(PEER_PACKAGES)/SHA256SUMS
	$(call say,UNPACK,$(PEERS_DIR)/xen)
	$(Q)cd $(PEER_PACKAGES) && sha256sum --quiet -c SHA256SUMS
	$(Q)rm -rf $(PEERS_DIR)/xen && mkdir -p $(PEERS_DIR)/xen
	$(Q)for p in $(PEER_PACKAGES)/xen-hypervisor-*.deb; do dpkg-deb -x "$$p" $(PEERS_DIR)/xen || exit 1; done
	$(Q)ln -sf "$$(cd $(PEERS_DIR)/xen/boot && ls xen-*-arm64)" $@

# The head of the image that gives Xen's guest its seeds (xen_seeds.S), built as the programs of guests/ are. Nothing relocates it.
PEER_XEN_SEEDS := $(PEERS_DIR)/xen-seeds
PEER_XEN_SEEDS_SOURCES := $(addprefix bench/peers/xen_seeds,.S .c) lib/base/string.c $(addprefix $(LIBFDT_DIR)/,fdt.c fdt_ro.c fdt_rw.c)
PEER_XEN_SEEDS_CFLAGS := $(filter-out -MMD -MP,$(TARGET_CFLAGS)) $(CFLAGS_guests) -DFDT_ASSUME_MASK=4 -I$(LIBFDT_DIR)

$(PEER_XEN_SEEDS): $(PEER_XEN_SEEDS_SOURCES) guests/bare/bare.ld bench/peers/peers.mk
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(PEER_XEN_SEEDS_CFLAGS) -fno-tree-loop-distribute-patterns -static-pie -Wl,--no-dynamic-linker \
		-Wl,--build-id=none,--gc-sections,-z,noexecstack,-z,max-page-size=4096,-z,noseparate-code,-z,norelro,--no-warn-rwx-segments,-T,guests/bare/bare.ld \
		-o $@.elf $(PEER_XEN_SEEDS_SOURCES)
	$(Q)! readelf -r $@.elf | grep R_AARCH64
	$(Q)$(TARGET_OBJCOPY) -O binary $@.elf $@

# What a run with these peers needs beside the cases.
PEERS_NEED = $(if $(filter xen,$(PEERS)),$(PEER_XEN) $(PEER_XEN_SEEDS)) $(if $(filter kvm,$(PEERS)),$(PEER_KVM_INIT))
$(if $(filter-out $(PEERS_KNOWN),$(PEERS)),$(error PEERS="$(PEERS)": known are $(PEERS_KNOWN)))

# Where QEMU puts the guest's files for Xen, which moves them.
PEER_XEN_KERNEL := 0x50000000
PEER_XEN_INITRD := 0x58000000
.PHONY: peer-xen peer-kvm
peer-xen: $(PEER_XEN) $(PEER_XEN_SEEDS) $(BOARD_DTB)
	$(Q)cp $(PEER_XEN_SEEDS) $(PEER_FILE).kernel && truncate -s 64K $(PEER_FILE).kernel && cat $(PEER_TREE) >>$(PEER_FILE).kernel
	$(Q)truncate -s 2M $(PEER_FILE).kernel && cat $(PEER_KERNEL) >>$(PEER_FILE).kernel
	$(Q)bench/peers/xen_tree.sh $(BOARD_DTB) $(PEER_TREE) $(PEER_XEN_KERNEL) $(PEER_FILE).kernel $(PEER_XEN_INITRD) \
		"$(PEER_INITRD)" $(PEER_FILE)

# --- KVM: Debian's kernel, with our program as its /init

PEER_KVM_INIT := $(PEERS_DIR)/kvm
PEER_KVM_SOURCES := bench/peers/kvm.c bench/runner/tree.c vmm/dev/pl011.c vmm/core/bus.c lib/base/ring.c
PEER_KVM_CFLAGS := $(LINUX_CFLAGS) -Wno-unused-parameter -I. -Ilib $(BOARD_CFLAGS) -I$(LIBFDT_DIR)

$(PEER_KVM_INIT): $(PEER_KVM_SOURCES) bench/runner/tree.h $(wildcard vmm/include/vmm/*.h) bench/peers/peers.mk | $(LIBFDT_SOURCES)
	$(call say,LINUXCC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(PEER_KVM_CFLAGS) -o $@ $(PEER_KVM_SOURCES) $(LIBFDT_SOURCES)

# The initramfs of the host: /init, and the guest's files.
peer-kvm: $(PEER_KVM_INIT) $(LINUX_IMAGE)
	$(Q)rm -rf $(PEER_FILE).d && mkdir -p $(PEER_FILE).d/guest $(PEER_FILE).d/dev
	$(Q)cp $(PEER_KVM_INIT) $(PEER_FILE).d/init
	$(Q)cp $(PEER_KERNEL) $(PEER_FILE).d/guest/kernel
	$(Q)cp $(PEER_TREE) $(PEER_FILE).d/guest/tree
	$(Q)$(if $(PEER_INITRD),cp $(PEER_INITRD) $(PEER_FILE).d/guest/initrd)
	$(Q)find $(PEER_FILE).d -exec touch -h -d @0 {} +
	$(Q)(cd $(PEER_FILE).d && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) >$(PEER_FILE)
	$(Q)rm -rf $(PEER_FILE).d

# --- what the runner is told

PEER_MACHINE = $(call bench-machine,$(BOARD_MEMORY))
PEER_FILE_xen := $(BENCH_DIR)/peer.xen
PEER_FILE_kvm := $(BENCH_DIR)/peer.kvm
PEER_VERSION_xen = $(shell dpkg-deb -f $(PEER_PACKAGES)/xen-hypervisor-*.deb Version)
PEER_VERSION_kvm = Linux $(BENCH_KERNEL_NAME)
PEER_PREFIX_xen := (XEN) DOM1: 
PEER_COMMAND_xen = $(PEER_MACHINE) -kernel $(PEER_XEN) -dtb $(PEER_FILE_xen) $(call bench-load,$(PEER_FILE_xen).kernel,$(PEER_XEN_KERNEL)) \
	$(if $(2),$(call bench-load,$(2),$(PEER_XEN_INITRD)))
PEER_COMMAND_kvm = $(PEER_MACHINE) -kernel $(LINUX_IMAGE) -initrd $(PEER_FILE_kvm) -append quiet
# Why it does not run a suite or a case.
define PEER_EXCEPT
"tick": "it does not count its own instructions", "irq-latency": "the device is not passed through to its guest",
"micro-irq-passthrough": "the device is not passed through to its guest"
endef

# A peer's object: its name, the guest's kernel and initrd.
define peer-config
{"name": "$(1)", "version": "$(PEER_VERSION_$(1))", "prefix": "$(PEER_PREFIX_$(1))",
"prepare": "$(MAKE) --silent --no-print-directory peer-$(1) PEER_FILE=$(PEER_FILE_$(1)) PEER_TREE=$(BENCH_BOOT_TREE) PEER_KERNEL=$(2) PEER_INITRD=$(3)",
"command": "$(strip $(call PEER_COMMAND_$(1),$(2),$(3)))", "except": {$(PEER_EXCEPT)}}
endef
comma := ,
peers-config = $(subst }} {,}}$(comma) {,$(strip $(foreach peer,$(filter $(PEERS_KNOWN),$(PEERS)),$(call peer-config,$(peer),$(1),$(2)))))
