# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The Linux guest: Debian's packaged kernel as it is, and an initramfs of Debian's programs and two of ours.

LINUX_DIR    := build/guests/linux
LINUX_IMAGE  := $(LINUX_DIR)/vmlinuz
LINUX_INITRD := $(LINUX_DIR)/initrd.cpio
# Linux programs, not freestanding ones: static, so that they need nothing in the guest.
LINUX_CFLAGS := $(filter-out -MMD -MP,$(COMMON_CFLAGS)) -O2 -static -Wl,--build-id=none -s

.PHONY: guest-linux
guest-linux: $(LINUX_IMAGE) $(LINUX_INITRD)

$(LINUX_DIR)/packages.stamp: $(GUEST_PACKAGES)/SHA256SUMS
	$(call say,UNPACK,$(LINUX_DIR)/packages)
	$(Q)cd $(GUEST_PACKAGES) && sha256sum --quiet -c SHA256SUMS
	$(Q)rm -rf $(LINUX_DIR)/packages && mkdir -p $(LINUX_DIR)/packages
	$(Q)for p in $(GUEST_PACKAGES)/*.deb; do \
		case $$p in */linux-image-*) only=./boot/;; *) only=.;; esac; \
		dpkg-deb --fsys-tarfile "$$p" | tar -x -C $(LINUX_DIR)/packages $$only || exit 1; done
	@touch $@

$(LINUX_IMAGE): $(LINUX_DIR)/packages.stamp
	$(Q)cp $(LINUX_DIR)/packages/boot/vmlinuz-* $@
	@touch $@

$(LINUX_DIR)/init: guests/linux/init.c bench/suite/counter.h
	$(call say,LINUXCC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(LINUX_CFLAGS) -o $@ $<

$(LINUX_DIR)/glacis-bench: bench/suite/glacis_bench.c bench/suite/counter.h bench/suite/cases.def
	$(call say,LINUXCC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(LINUX_CFLAGS) -o $@ $<

$(LINUX_INITRD): guests/linux/initrd.sh $(LINUX_DIR)/packages.stamp $(LINUX_DIR)/init $(LINUX_DIR)/glacis-bench
	$(call say,CPIO,$@)
	$(Q)TARGET_CC='$(TARGET_CC)' guests/linux/initrd.sh $(LINUX_DIR)/packages $(LINUX_DIR)/init $(LINUX_DIR)/glacis-bench $@
