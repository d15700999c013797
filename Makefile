# A newcomer needs two commands, `make run` and `make test`; `make` alone lists them all.
# The machine needs make and Python >= 3.11. Everything else goes into .venv, and a browser for the tests.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
BASE_URL ?=
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test e2e check format bench lock clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "%-8s%s\n", $$1, $$2 }' Makefile

setup: $(READY) ## Create .venv with the pinned dependencies (nothing to do while they have not changed)

# uv installs in 5 s what takes pip 20; where it cannot reach a registry that pip is set up for, pip does it.
# The project goes in editable, because templates/, static/ and piccolo_migrations/ stand beside app/ and are read there.
$(READY): requirements.lock pyproject.toml | $(BIN)/uv
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock \
		|| $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "Portico needs Python 3.11 or newer: install it, or name one: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) .ci/bootstrap.py .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock >.venv/uv.lock
	@$(BIN)/python -m pip install -qq --no-deps --require-hashes -r .venv/uv.lock

run: setup ## Start Portico with its own PostgreSQL on http://localhost:8000 (PORT=)
	@$(BIN)/portico dev

test: setup ## Run all tests, those in a real browser too
	@CHROMIUM=$$($(BIN)/python -m tests.browser) && export CHROMIUM && $(BIN)/pytest -n auto $(ARGS) && $(BIN)/pytest e2e -n auto $(ARGS)

e2e: setup ## Run the browser journeys, against a running deployment with BASE_URL=https://staging.example
	@CHROMIUM=$$($(BIN)/python -m tests.browser) && export CHROMIUM && $(BIN)/pytest e2e $(if $(BASE_URL),--base-url $(BASE_URL)) $(ARGS)

check: setup ## Lint, formatting, types, templates, tidiness of the files
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Not formatted: run make format"; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/python .ci/tidy.py

format: setup ## Put the formatting right
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format --quiet

bench: setup ## Measure speed and memory against a bare reference of the same stack
	@$(BIN)/python -m bench $(ARGS)

# The tool reads no settings of the machine, so no address gets in; --universal keeps the markers and --generate-hashes
# the hash of every published file, so that one lock serves Python 3.11 to 3.13 on Linux and macOS.
lock: | $(BIN)/uv ## Resolve pyproject.toml into requirements.lock (UPGRADE=1 takes the newest versions)
	@$(BIN)/uv --no-config pip compile pyproject.toml --group dev --universal --python-version 3.11 --quiet \
		--generate-hashes --no-annotate --no-header $(if $(UPGRADE),--upgrade) --output-file requirements.lock

clean: ## Remove what the commands made, except the database in .data
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results
	@find . -name __pycache__ -not -path './.data/*' -prune -exec rm -rf {} +
