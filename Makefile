# What a newcomer types. Each target sets up what it needs; only Python (3.11 to 3.13) and make must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo run test soak fuzz lint types contracts lock clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "policywatch needs Python 3.11 to 3.13; this is " + sys.version.split()[0] + ". Say `make PYTHON=python3.12 ...`")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)  ## watch a page change and see the alert arrive, all on this machine
	$(BIN)/policywatch demo

run: $(READY)  ## run the daemon with ./config.toml (or CONFIG=path)
	$(BIN)/policywatch $(if $(CONFIG),--config $(CONFIG)) run

test: $(READY) lint types contracts  ## lint, types, import contracts and the test suite
	$(BIN)/python -m pytest -n auto --dist worksteal

soak: $(READY)  ## what takes minutes: every kill point, long property tests, a long run with faults of all kinds
	$(BIN)/python -m pytest -n auto -m soak --timeout 1800 --ignore tests/soak
	$(BIN)/python -m pytest -n 0 -m soak tests/soak

fuzz: $(READY)  ## read broken and random pages, PDFs and texts for half an hour (MINUTES=30 SEED=1)
	$(BIN)/python benchmarks/fuzz.py --minutes $(or $(MINUTES),30) --seed $(or $(SEED),1)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports

lock: $(READY)  ## resolve the dependencies anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade -o requirements/run.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade --group dev -o requirements/dev.lock pyproject.toml

clean:  ## remove what make built
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
