# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Glacis developers
#
# `make model [MODEL="ipc revoke"]`: Spin checks the models of tests/model/. What they are and what they promise stands at
# the head of each.

MODELS := $(sort $(patsubst tests/model/%.pml,%,$(wildcard tests/model/*.pml)))
MODEL  ?= $(MODELS)

ifneq ($(filter-out $(MODELS),$(MODEL)),)
$(error MODEL=$(filter-out $(MODELS),$(MODEL)) is not known: the models are $(MODELS))
endif

# The functions that a model mirrors must be there.
.PHONY: model
model: deps
	$(Q)tools/doccheck/doccheck.sh . $(MODEL:%=tests/model/%.pml)
	$(Q)tests/model/check.sh build/model $(MODEL:%=tests/model/%.pml)
