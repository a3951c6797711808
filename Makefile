# Two commands: `make demo` shows what the library does, `make test` checks all of it. Both make .venv where it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MARK := $(VENV)/.installed
MARK_DEV := $(VENV)/.installed-dev

.PHONY: demo test lint types contracts bench bench-quick golden lock clean

demo: $(MARK)
	$(BIN)/itas-mobility demo --out results/zwickau

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(MARK): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements-dev.lock -e .
	touch $@

$(MARK_DEV): pyproject.toml requirements-dev.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements-dev.lock -e ".[dev]"
	touch $@ $(MARK)

test: lint types contracts
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(MARK_DEV)
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks

types: $(MARK_DEV)
	$(BIN)/mypy

contracts: $(MARK_DEV)
	$(BIN)/lint-imports

bench: $(MARK_DEV)
	$(BIN)/python -m benchmarks.run

bench-quick: $(MARK_DEV)
	$(BIN)/python -m benchmarks.run --quick

golden: $(MARK_DEV)
	$(BIN)/python -m tests.golden.regenerate

lock: $(BIN)/python
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-emit-index-url --no-header --no-annotate \
		-o requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) results .mypy_cache .pytest_cache .ruff_cache .hypothesis
