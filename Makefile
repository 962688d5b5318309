# make demo, make test, make lint, make docs: each sets up what it needs, once. make clean: start over.

PYTHON ?= python3
BIN := .venv/bin
DEMO := .venv-demo/bin
PIP_INSTALL := -m pip install --quiet --quiet --disable-pip-version-check --no-compile
SOURCES := $(shell find src -type f -not -path '*/__pycache__/*' -not -path '*.egg-info/*')

.PHONY: demo test lint docs clean chromium

demo: .venv-demo/.ready
	@$(DEMO)/python examples/demo.py

test: .venv/.compiled chromium
	@$(BIN)/python -m pytest --quiet --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# For the tests of the page. Where it cannot be installed, they are skipped, and the tests' last lines tell of it.
chromium:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium ..."; \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes chromium; } >/dev/null 2>&1 || \
	  echo "Chromium cannot be installed here."; \
	fi

lint: .venv/.ready
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry .
	@$(BIN)/codespell

# The site, in site/. Warnings are errors; links and names of the API are checked.
docs: .venv/.ready
	@$(BIN)/python tools/build_docs.py

clean:
	@rm -rf .venv .venv-demo .hypothesis .import_linter_cache .mypy_cache .ruff_cache build dist site .cache src/*.egg-info

# The light package as a user gets it, without torch: installed anew when a source changes.
.venv-demo/.ready: pyproject.toml README.md $(SOURCES)
	@echo "Installing anymood into .venv-demo ..."
	@test -x $(DEMO)/python || $(PYTHON) -m venv .venv-demo
	@$(DEMO)/python $(PIP_INSTALL) --upgrade pip
	@rm -rf build  # else files that are gone from src stay in the package
	@$(DEMO)/python $(PIP_INSTALL) .
	@rm -rf build
	@touch $@

# The package with its tools and torch, editable.
.venv/.ready: pyproject.toml
	@echo "Installing anymood[dev] into .venv: some gigabytes with torch, a few minutes ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP_INSTALL) --upgrade pip
	@$(BIN)/python $(PIP_INSTALL) --editable '.[dev]'
	@touch $@

# Bytecode by all cores: pip would compile one file after another. A few files of templates are no Python.
.venv/.compiled: .venv/.ready
	@$(BIN)/python -W ignore -m compileall -qq -j 0 -x '/tests/' .venv/lib || true
	@touch $@
