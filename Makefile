# SPDX-License-Identifier: EUPL-1.2
# Two commands do all set-up on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/ready
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes

.PHONY: help demo run test check nightly standards bench contracts portal deployment image lock sbom clean

help:
	@echo "make demo       start everything with demo people, play the main journey, print the links"
	@echo "make test       all checks and tests (make check is the same)"
	@echo "make nightly    the long sweeps       make bench      the measured promises, as ratios"
	@echo "make standards  contracts and linters make contracts  write openapi/*.yaml anew"
	@echo "make deployment image, compose file and chart before hadolint, compose-lint, Helm and Kubernetes' schemas"
	@echo "make image      build the image without an engine, and play the main journey in it"
	@echo "make portal     build portal/web into portal/static, with the lock's own Node"

# uv takes a third of the time that pip does, so pip installs it first; where it cannot, pip does all.
$(READY): requirements.lock requirements-installer.lock
	@test -n "$(PYTHON)" || { echo "Install Python 3.11 or newer first."; exit 1; }
	@echo "Installing what Kluisje needs into .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) -r requirements-installer.lock && \
		$(BIN)/uv pip install -q --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock || \
		$(PIP) -r requirements.lock
	@touch $(READY)

demo: $(READY)
	@$(BIN)/python -m demo

test check: $(READY)
	@$(BIN)/python -m tests.check

nightly: $(READY)
	@$(BIN)/python -m tests.check --nightly

standards: $(READY)
	@$(BIN)/python -m tests.check --standards

bench: $(READY)
	@$(BIN)/python -m bench.chatbot
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.solid
	@$(BIN)/python -m bench.wirings
	@$(BIN)/python -m bench.day
	@$(BIN)/python -m bench.token
	@$(BIN)/python -m bench.growth --grants 200000 --postgresql 50000
	@$(BIN)/python -m bench.simulate

contracts: $(READY)
	@$(BIN)/python -m serve contracts

# The committed build. No script of a package runs; the same source gives the same bytes (tests/portal/test_build.py).
portal: $(READY)
	@cd portal/web && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@cd portal/web && PATH="$(CURDIR)/$(BIN):$$PATH" npx tsc --noEmit
	@cd portal/web && PATH="$(CURDIR)/$(BIN):$$PATH" npx vite build

# The image, the compose file and the chart before the field's own tools, which are large and have a place of their own.
deployment: requirements-deployment.lock
	@test -x .venv-deployment/bin/hadolint || $(PYTHON) -m venv .venv-deployment
	@.venv-deployment/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-deployment.lock
	@.venv-deployment/bin/python -m tests.deployment

# The image, built without an engine, and the main journey in it (Debian, as root).
image: $(READY)
	@$(BIN)/python -m tests.image

# What is in the image, as CycloneDX: from its locks, licences looked at, nothing looked up.
sbom: $(READY)
	@mkdir -p build
	@$(BIN)/python -m sbom build/sbom.cdx.json

COMPILE := uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 --no-emit-index-url
lock:
	$(COMPILE) --extra server --extra telemetry --extra demo --group check -o requirements.lock
	$(COMPILE) --extra server --extra telemetry -c requirements.lock -o requirements-server.lock
	uv pip compile --group installer --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
		-o requirements-installer.lock
	uv pip compile --group deployment --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
		-o requirements-deployment.lock

clean:
	rm -rf .venv .venv-deployment var build dist
