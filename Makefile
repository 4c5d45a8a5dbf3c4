# Every target makes the virtual environment that it needs. PYTHON picks another interpreter.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# How long `make fuzz` looks for trouble.
FUZZ_SECONDS ?= 60
SOURCES = ccflow providers tests bench examples

.PHONY: demo test packaging check interop bench fuzz format clean

demo: $(VENV)/demo.stamp
	$(BIN)/ccflow demo

# In the order of the folders: what takes long comes first, and the small files last.
# With bytecode, since some hundred processes import ccflow.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --ignore=tests/packaging

packaging: $(VENV)/test.stamp
	$(BIN)/python -m pytest tests/packaging

check: $(VENV)/check.stamp
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy ccflow providers/ccflow_okta providers/ccflow_curity providers/ccflow_oracle_idcs tests/typing
	$(BIN)/pyright
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pyright --verifytypes ccflow --ignoreexternal
	$(BIN)/python -m pytest -q tests/test_layers.py

interop: $(VENV)/interop.stamp
	$(BIN)/python tests/interop/node.py
	$(BIN)/python -m pytest tests/interop

bench: $(VENV)/bench.stamp
	$(BIN)/python -m bench

fuzz: $(VENV)/fuzz.stamp
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

format: $(VENV)/check.stamp
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/interop/node_modules

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/demo.stamp: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[demo]"
	touch $@

$(VENV)/test.stamp: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable . --group test
	touch $@

$(VENV)/check.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --group check
	touch $@

$(VENV)/interop.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --group interop
	touch $@

$(VENV)/bench.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --group bench
	touch $@

$(VENV)/fuzz.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --group fuzz
	touch $@
