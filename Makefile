# Two commands for a fresh checkout: `make demo` and `make test`. Both can be run again; neither redoes work.
PYTHON ?= python3.11
VENV   ?= .venv
PY     := $(VENV)/bin/python

.PHONY: demo test quick lint bench clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip
	$(PY) -m pip install --quiet -e .
	touch $@

$(VENV)/.test-ready: $(VENV)/.installed
	$(PY) -m pip install --quiet --group dev
	touch $@

demo: $(VENV)/.installed
	$(PY) -m lipwright demo

test: $(VENV)/.test-ready lint
	$(PY) -m pytest

quick: $(VENV)/.test-ready
	$(PY) -m pytest -m "not slow and not bpy"

lint: $(VENV)/.test-ready
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

bench: $(VENV)/.test-ready
	$(PY) -m tests.bench

clean:
	rm -rf $(VENV) demo-out build
