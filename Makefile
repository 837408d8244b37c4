# Two commands do everything, on any machine with Python 3.11: `make demo` and `make test`. `make` alone lists the rest.

SHELL := bash
.DEFAULT_GOAL := help
PYTHONS := $(or $(PYTHON),python3.11 python3 python3.12 python3.13 python3.14)
BIN := .venv/bin
SUITES := $(sort $(foreach suite,browser bench torture,$(if $(wildcard tests/$(suite)/test_*.py),$(suite))))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help install demo test lint types chromium lock $(SUITES)

help: ## say what there is to make
	@sed -n 's/^\([a-z]*\):.*## /  make \1 - /p' $(MAKEFILE_LIST)
	@for suite in $(SUITES); do echo "  make $$suite - run tests/$$suite alone"; done

install: .venv/installed ## put Forewatch and everything it needs into .venv, each file checked against requirements.lock

.venv/bin/pip:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then exec $$python -m venv .venv; fi; \
	done; \
	echo 'Forewatch needs Python 3.11 or newer with its venv module and found none in: $(PYTHONS); install one, or name it with `make PYTHON=/path/to/python3.11`.' >&2; \
	exit 1

.venv/installed: requirements.lock pyproject.toml | .venv/bin/pip
	$(BIN)/python -m pip install --only-binary :all: --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --no-index --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## build the invented demo country and open its map on http://127.0.0.1:8050
	$(BIN)/forewatch demo

test: lint types chromium ## lint, check types and walls, run every test but the long suites
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --ignore tests/bench --ignore tests/torture

lint: install ## check the form of code and docstrings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	find geo layers data_pipelines app -name '*.py' -print0 | xargs -0 $(BIN)/numpydoc lint

types: install ## check the types
	$(BIN)/mypy

chromium: install ## find a Chromium for the browser tests, or install one
	$(BIN)/python -m tests.browser.chromium

$(SUITES): chromium
	$(BIN)/python -m pytest -s tests/$@

lock: ## resolve pyproject.toml anew into requirements.lock (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --annotation-style line --allow-unsafe --quiet --output-file requirements.lock
