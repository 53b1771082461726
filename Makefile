# Two commands for a fresh checkout: `make demo` and `make test`. Both can be run again; neither redoes work.
PYTHON ?= python3.11
VENV   ?= .venv
# A real Blender, for the tests of the extension: as a Python module, in an environment of its own (it pins numpy).
BPY_VENV    ?= .venv-bpy
BPY_VERSION ?= 5.0.1
# For the tests of training and of the user's own network weights; `make test TORCH=` leaves it out, and they skip.
TORCH       ?= torch==2.13.0
# What bpy links on Debian; installed by `make test` where it may.
BPY_PACKAGES := libgl1 libegl1 libxrender1 libxkbcommon0 libsm6 libice6 libxi6 libxfixes3 libxext6 libx11-6
PY      := $(VENV)/bin/python
PIP     := $(PY) -m pip --disable-pip-version-check install --quiet
ROOT_APT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null

.PHONY: demo test quick lint bench clean

demo: $(VENV)/.installed
	$(PY) -m lipwright demo

test: $(VENV)/.test-ready $(BPY_VENV)/.installed lint
	$(PY) -m pytest -rs

quick: $(VENV)/.test-ready
	$(PY) -m pytest -m "not slow and not bpy"

lint: $(VENV)/.test-ready
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m tests.public_face --check

bench: $(VENV)/.test-ready
	$(PY) -m tests.bench

clean:
	rm -rf $(VENV) $(BPY_VENV) demo-out build

# Debian ships venv apart from Python: install it where we may, else say its name.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || { $(ROOT_APT) && apt-get update -qq && apt-get install -y -qq python3-venv; } \
	  || { echo "Python lacks venv: apt-get install python3-venv, then run make again" >&2; exit 1; }
	[ -x $(PY) ] || $(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip
	$(PIP) --editable .
	touch $@

$(VENV)/.test-ready: $(VENV)/.installed pyproject.toml
	[ -z "$(TORCH)" ] || { $(PIP) "$(TORCH)" && $(PIP) --group training; }
	$(PIP) --group dev
	touch $@

$(BPY_VENV)/.installed:
	[ -x $(BPY_VENV)/bin/python ] || $(PYTHON) -m venv $(BPY_VENV)
	$(BPY_VENV)/bin/python -m pip --disable-pip-version-check install --quiet bpy==$(BPY_VERSION)
	$(BPY_VENV)/bin/python -c "import bpy" 2>/dev/null || { $(ROOT_APT) && apt-get update -qq && apt-get install -y -qq $(BPY_PACKAGES); } \
	  || echo "Blender's module lacks system libraries: apt-get install $(BPY_PACKAGES)" >&2
	touch $@
