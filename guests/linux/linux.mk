# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# The Linux guest: Debian's packaged kernels as they are (the standard one and the -rt one), and an initramfs of Debian's
# programs, the benchmark suite's programs and pictures, our /init, and a module of ours for each kernel.

LINUX_DIR    := build/guests/linux
LINUX_IMAGE  := $(LINUX_DIR)/vmlinuz
LINUX_IMAGE_RT := $(LINUX_DIR)/vmlinuz-rt
LINUX_INITRD := $(LINUX_DIR)/initrd.cpio
# Linux programs, not freestanding ones: static, so that they need nothing in the guest.
LINUX_CFLAGS := $(filter-out -MMD -MP,$(COMMON_CFLAGS)) -O2 -static -Wl,--build-id=none -s

LINUX_KERNELS := standard rt
LINUX_HEADERS := $(LINUX_DIR)/headers
LINUX_MODULES := $(foreach kernel,$(LINUX_KERNELS),$(LINUX_DIR)/modules/$(kernel)/irq_latency.ko)

.PHONY: guest-linux
guest-linux: $(LINUX_IMAGE) $(LINUX_IMAGE_RT) $(LINUX_INITRD)

$(LINUX_DIR)/packages.stamp: $(GUEST_PACKAGES)/SHA256SUMS
	$(call say,UNPACK,$(LINUX_DIR)/packages)
	$(Q)cd $(GUEST_PACKAGES) && sha256sum --quiet -c SHA256SUMS
	$(Q)rm -rf $(LINUX_DIR)/packages && mkdir -p $(LINUX_DIR)/packages
	$(Q)for p in $(GUEST_PACKAGES)/*.deb; do \
		case $$p in */linux-headers-* | */linux-kbuild-*) continue;; */linux-image-*) only=./boot/;; *) only=.;; esac; \
		dpkg-deb --fsys-tarfile "$$p" | tar -x -C $(LINUX_DIR)/packages $$only || exit 1; done
	@touch $@

$(LINUX_IMAGE) $(LINUX_IMAGE_RT) &: $(LINUX_DIR)/packages.stamp
	$(Q)cp $(LINUX_DIR)/packages/boot/vmlinuz-*[0-9]-arm64 $(LINUX_IMAGE)
	$(Q)cp $(LINUX_DIR)/packages/boot/vmlinuz-*-rt-arm64 $(LINUX_IMAGE_RT)
	@touch $(LINUX_IMAGE) $(LINUX_IMAGE_RT)

# Debian's headers name their common part by the path at which the packages are installed; ours lie elsewhere.
$(LINUX_DIR)/headers.stamp: $(GUEST_PACKAGES)/SHA256SUMS
	$(call say,UNPACK,$(LINUX_HEADERS))
	$(Q)cd $(GUEST_PACKAGES) && sha256sum --quiet -c SHA256SUMS
	$(Q)rm -rf $(LINUX_HEADERS) && mkdir -p $(LINUX_HEADERS)
	$(Q)for p in $(GUEST_PACKAGES)/linux-headers-*.deb $(GUEST_PACKAGES)/linux-kbuild-*.deb; do \
		dpkg-deb --fsys-tarfile "$$p" | tar -x -C $(LINUX_HEADERS) --exclude=./usr/share || exit 1; done
	$(Q)for kernel in $(LINUX_KERNELS); do \
		case $$kernel in standard) name='*[0-9]-arm64';; *) name="*-$$kernel-arm64";; esac; \
		folder=$$(echo $(LINUX_HEADERS)/usr/src/linux-headers-$$name); \
		sed -i 's,include /usr/src,include $(CURDIR)/$(LINUX_HEADERS)/usr/src,' "$$folder/Makefile" && \
		ln -s "usr/src/$${folder##*/}" $(LINUX_HEADERS)/$$kernel || exit 1; done
	@touch $@

# The kernel's build writes beside the sources: it works on a copy. What names this folder's path goes, so that the module's
# bytes depend on its source and the kernel alone. MAKEFLAGS of ours are not the kernel's.
$(LINUX_DIR)/modules/%/irq_latency.ko: guests/linux/irq_latency/irq_latency.c guests/linux/irq_latency/Kbuild \
		$(LINUX_DIR)/headers.stamp
	$(call say,MODULE,$@)
	@rm -rf $(@D) && mkdir -p $(@D) && cp $(filter guests/%,$^) $(@D)
	$(Q)MAKEFLAGS= $(MAKE) --silent -C $(LINUX_HEADERS)/$* M=$(CURDIR)/$(@D) CROSS_COMPILE=$(CROSS) \
		KCFLAGS=-ffile-prefix-map=$(CURDIR)=. modules >$(@D)/log 2>&1 || { cat $(@D)/log >&2; exit 1; }
	$(Q)$(TARGET_OBJCOPY) --strip-debug --remove-section=.note.gnu.build-id $@

$(LINUX_DIR)/init: guests/linux/init.c bench/suite/counter.h
	$(call say,LINUXCC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(LINUX_CFLAGS) -o $@ $<

# What bench/suite adds to the initramfs.
LINUX_SUITE := $(LINUX_DIR)/suite

$(LINUX_SUITE)/bin/glacis-bench: bench/suite/glacis_bench.c bench/suite/samples.c bench/suite/samples.h bench/suite/counter.h bench/suite/cases.def
	$(call say,LINUXCC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(LINUX_CFLAGS) -o $@ $(filter %.c,$^)

# Floating point as it is written: no multiplication and addition in one, whose result has other last bits.
SUITE_CFLAGS := $(LINUX_CFLAGS) -ffp-contract=off
SUITE_SOURCES := bench/suite/glacis_suite.c $(addprefix bench/suite/mibench/,basicmath.c bitcount.c pgm.c qsort.c susan_corners.c \
	susan_edges.c susan_run.c susan_smooth.c usan.c) $(addprefix bench/suite/,memory/memory.c memory/working_set.c os/kernel.c \
	os/processes.c)

$(LINUX_SUITE)/bin/glacis-suite: $(SUITE_SOURCES) $(wildcard bench/suite/*.h bench/suite/*/*.h)
	$(call say,LINUXCC,$(<D))
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(SUITE_CFLAGS) -o $@ $(filter %.c,$^) -lm

# The pictures of susan: width, height, seed.
SUITE_PICTURE_small := 320 240 1
SUITE_PICTURE_large := 640 480 2
SUITE_DRAW := $(HOST)/bin/bench-draw

$(SUITE_DRAW): $(call host-objs,$(addprefix bench/suite/mibench/,draw.c pgm.c picture.c))
	$(call say,HOSTLD,$@)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -o $@ $^

$(LINUX_SUITE)/share/%.pgm: $(SUITE_DRAW)
	@mkdir -p $(@D)
	$(Q)$(SUITE_DRAW) $(SUITE_PICTURE_$*) >$@

LINUX_SUITE_FILES := $(addprefix $(LINUX_SUITE)/,bin/glacis-bench bin/glacis-suite share/small.pgm share/large.pgm)

$(LINUX_INITRD): guests/linux/initrd.sh $(LINUX_DIR)/packages.stamp $(LINUX_DIR)/init $(LINUX_SUITE_FILES) \
		$(LINUX_MODULES)
	$(call say,CPIO,$@)
	$(Q)TARGET_CC='$(TARGET_CC)' guests/linux/initrd.sh $(LINUX_DIR)/packages $(LINUX_DIR)/init $(LINUX_SUITE) \
		$(LINUX_DIR)/modules $@

# The initramfs of tests/system/perf.sh: one program.
$(LINUX_DIR)/perf.cpio: guests/linux/perf_count.c
	$(call say,CPIO,$@)
	@rm -rf $@.d && mkdir -p $@.d/dev
	$(Q)$(TARGET_CC) $(LINUX_CFLAGS) -o $@.d/init $<
	$(Q)find $@.d -exec touch -h -d @0 {} + && (cd $@.d && find . | LC_ALL=C sort | \
		cpio --quiet -o -H newc -R 0:0 --reproducible) >$@.tmp && rm -rf $@.d && mv $@.tmp $@
