# Patchgate. Needs Python 3.11 to 3.13 and make; the tests also want node with npm, and a Python 3.13.
# Everything else is installed here, into .venv, .venv-runtime and node_modules.

.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
ARGS ?=
# Processes that tests share. More than cores make them no faster, and stories in real time late.
WORKERS ?= auto

VENV := .venv
RUNTIME := .venv-runtime
PROOF := .venv-proof
BIN := $(VENV)/bin
NEEDS_311 := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

.PHONY: help demo test test-runtime check format docs bench chaos storm crowd fuzz mutants package lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## see the gate judge and cancel runs, against an Azure that is simulated on this machine
	@$(BIN)/patchgate demo $(ARGS)

test: $(VENV)/.installed node_modules/.installed ## run all tests; ARGS="-k cancel" goes to pytest
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)
	@$(MAKE) --no-print-directory test-runtime

test-runtime: ## run function_app.py in Azure's own worker library, and kill it (needs a Python 3.13)
	@if python=$$(tools/find-python); then \
		$(MAKE) --silent --no-print-directory $(RUNTIME)/.installed PYTHON313="$$python" \
			&& $(RUNTIME)/bin/python -m pytest -n $(WORKERS) --dist loadfile tests/runtime tests/processes; \
	elif [ "$${CI:-}" = true ]; then \
		echo "FAILED: tests/runtime needs a Python 3.13, and CI must not do without" >&2; exit 1; \
	else \
		echo "SKIPPED tests/runtime: no Python 3.13 here. Install one (pyenv install 3.13, or" \
			"uv python install 3.13), or name one in PATCHGATE_PYTHON313"; \
	fi

check: $(VENV)/.installed ## lint, format, types and import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.installed ## let ruff format, and fix what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(VENV)/.installed ## generate what is generated: catalogues, schemas, the HTTP API, pictures, the README's story
	@$(BIN)/python tools/check_docs.py
	@$(BIN)/python tools/schema.py
	@$(BIN)/python tools/openapi.py
	@$(BIN)/python tools/readme.py
	@$(BIN)/python -m tools.report_schema
	@$(BIN)/python -m tools.screens
	@$(BIN)/python -m tools.commands
	@$(BIN)/python -m tools.configuration
	@$(BIN)/python tools/role.py
	@$(BIN)/python tools/workbook.py

bench: $(PROOF)/.installed ## measure what docs/ claims
	@$(PROOF)/bin/python -m benchmarks $(ARGS)

chaos: $(VENV)/.installed ## play 100,000 stories of the model test, each time others; ARGS="--stories 5000 --seed 7"
	@$(BIN)/python tools/chaos.py $(ARGS)

mutants: $(PROOF)/.installed ## change core/ and cancel_client/ in a thousand ways: which changes do the tests let pass?
	@$(PROOF)/bin/python -m tools.mutants $(ARGS)

storm: $(VENV)/.installed ## 2,000 pre events in one second, 35 minutes before their start, on one worker; ARGS="500 30 4"
	@$(BIN)/python -m tests.storm $(if $(ARGS),$(ARGS),2000 35 1)

crowd: ## 500 runs judged whole by real processes, in real time: half an hour; ARGS="100 4"
	@$(MAKE) --silent --no-print-directory $(RUNTIME)/.installed PYTHON313="$$(tools/find-python)"
	@$(RUNTIME)/bin/python -m tests.processes $(if $(ARGS),$(ARGS),500 1)

fuzz: $(PROOF)/.installed ## fuzz what reads outside input, by coverage; ARGS="--seconds 600 --keep"
	@$(PROOF)/bin/python tools/fuzz.py $(ARGS)

package: $(VENV)/.installed ## build what is deployed, exactly: build/package and build/patchgate.zip
	@$(BIN)/python -m tools.package $(ARGS)

lock: $(VENV)/.installed ## compile the requirements files from pyproject.toml; ARGS=--upgrade takes newer versions
	@$(BIN)/python tools/lock.py $(ARGS)

clean: ## remove everything that make has installed or cached
	rm -rf $(VENV) $(RUNTIME) $(PROOF) node_modules build dist
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c '$(NEEDS_311)' || { \
		echo "Patchgate needs Python 3.11, 3.12 or 3.13, and '$(PYTHON)' is" \
			"$$($(PYTHON) --version 2>&1). Choose another: make PYTHON=python3.13 …" >&2; exit 1; }
	@echo "Installing into $(VENV), up to a minute the first time …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python tools/install.py $(VENV) requirements/dev.txt --project
	@touch $@

$(RUNTIME)/.installed: requirements/runtime.txt
	@echo "Installing into $(RUNTIME), up to a minute the first time …"
	@$(PYTHON313) -m venv $(RUNTIME)
	@$(RUNTIME)/bin/python tools/install.py $(RUNTIME) requirements/runtime.txt
	@touch $@

$(PROOF)/.installed: requirements/proof.txt pyproject.toml
	@echo "Installing into $(PROOF), up to a minute the first time …"
	@$(PYTHON) -m venv $(PROOF)
	@$(PROOF)/bin/python tools/install.py $(PROOF) requirements/proof.txt --project
	@touch $@

# Without npm the tests that need it say so and are skipped; in CI they fail instead.
node_modules/.installed: package-lock.json
	@if command -v npm >/dev/null; then npm ci --no-fund --no-audit --loglevel=error && touch $@; fi
