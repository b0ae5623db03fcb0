# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# What the build needs from outside: Debian packages on this machine (mk/deps.list), Debian packages for the guest and
# the source of libfdt (guests/linux/packages.list), the latter two in a cache of our own.

# Downloads: shared by all work trees of this user, verified at each use.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/glacis
GUEST_PACKAGES := $(CACHE)/guest
LIBFDT_DIR := build/libfdt

# Targets that need installed tools say `target: deps` and call $(MAKE) for the rest, so that nothing is built before.
.PHONY: deps deps-test doctor
deps deps-test:
	$(Q)mk/deps.sh $(if $(filter deps-test,$@),install-test,install)
	$(Q)mk/guest-fetch.sh guests/linux/packages.list $(GUEST_PACKAGES)

doctor:
	$(Q)mk/deps.sh doctor; status=$$?; mk/guest-fetch.sh guests/linux/packages.list $(GUEST_PACKAGES) check && exit $$status

$(GUEST_PACKAGES)/SHA256SUMS: guests/linux/packages.list mk/guest-fetch.sh
	$(Q)mk/guest-fetch.sh guests/linux/packages.list $(GUEST_PACKAGES)

# libfdt for the target (with the target's flags) and for the host tools that share code with it.
LIBFDT_SOURCES := $(addprefix $(LIBFDT_DIR)/,fdt.c fdt_addresses.c fdt_check.c fdt_empty_tree.c fdt_overlay.c fdt_ro.c \
	fdt_rw.c fdt_strerror.c fdt_sw.c fdt_wip.c)
LIBFDT_HEADERS := $(addprefix $(LIBFDT_DIR)/,fdt.h libfdt.h libfdt_env.h libfdt_internal.h)

$(LIBFDT_SOURCES) $(LIBFDT_HEADERS) &: $(GUEST_PACKAGES)/SHA256SUMS
	$(call say,UNPACK,$(LIBFDT_DIR))
	$(Q)cd $(GUEST_PACKAGES) && sha256sum --quiet -c SHA256SUMS
	$(Q)rm -rf $(LIBFDT_DIR) && mkdir -p $(LIBFDT_DIR)
	$(Q)tar -xf $(GUEST_PACKAGES)/device-tree-compiler_*.tar.* -C $(LIBFDT_DIR) --strip-components=2 --wildcards \
		'*/libfdt/*.c' '*/libfdt/*.h'
	@touch $(LIBFDT_SOURCES) $(LIBFDT_HEADERS)
