# Two commands for a new checkout: `make demo` and `make test`. Both build .venv from uv.lock first.
PYTHON ?= python3
UV := .venv/bin/uv
RUN := .venv/bin/python -m

.PHONY: demo test test-slow test-spark lint types bench docs migration clean help

help: ## what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

# A failed build leaves no stamp, so the next call tries again.
.venv/.ok: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "customer-hub needs Python 3.11 to 3.13; name one with: make PYTHON=python3.11 ...")'
	@test -x $(UV) || { echo "building .venv from uv.lock ..."; $(PYTHON) -m venv .venv && .venv/bin/python -m pip install -q --disable-pip-version-check uv==0.13.9; }
	@$(UV) sync --frozen --quiet
	@touch $@

demo: .venv/.ok ## the main job on this machine: three sandbox systems in, golden records, three systems back
	@.venv/bin/hub demo

test: .venv/.ok lint types ## all checks: style, types, import contracts, tests (under 15 minutes on 2 cores)
	$(RUN) pytest -n 2 --dist loadfile --no-loadscope-reorder

test-slow: .venv/.ok ## the longer checks: kill points, long histories
	$(RUN) pytest -m slow --timeout=3600

test-spark: .venv/.ok ## the second engine on a local master (needs Java 17; adds the extra to .venv)
	@$(UV) sync --frozen --quiet --extra spark
	$(RUN) pytest tests/spark -m spark --timeout=1800

lint: .venv/.ok
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types: .venv/.ok
	$(RUN) mypy

bench: .venv/.ok ## speed and memory against bare Splink in the same run (SIZES="10000 100000 1000000")
	$(RUN) benchmarks.run --sizes $(or $(SIZES),10000 100000)

docs: .venv/.ok ## write the parts of docs/ that are generated from the code
	$(RUN) apps.reference

migration: .venv/.ok ## draft a migration from the difference between tables and schema (NAME="what it does")
	$(RUN) apps.new_migration "$(NAME)"

clean: ## remove what was built here (not what the hub keeps: .hub and demo/.hub)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
