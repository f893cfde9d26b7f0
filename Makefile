# make run   sets up .venv and runs the main sweep
# make test  sets up .venv and runs the tests
# make lint, make types, make long, make ci: what CI runs besides

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test long lint types ci clean

run: .venv/installed
	$(BIN)/sweep run search_spaces/lenet.yaml

test: .venv/installed-dev
	$(BIN)/python -m pytest

long: .venv/installed-dev
	$(BIN)/python -m pytest -m long --numprocesses 0

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev
	$(BIN)/mypy

ci: test lint types long

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
