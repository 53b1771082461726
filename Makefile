# Two commands for a fresh checkout: `make demo` and `make test`. Both can be run again; neither redoes work, and an
# install that was broken off goes on where it stopped.
PYTHON ?= python3.11
VENV   ?= .venv
# A real Blender, for the tests of the extension: as a Python module, in an environment of its own (it pins numpy).
BPY_VENV    ?= .venv-bpy
BPY_VERSION ?= 5.0.1
# For the tests of training and of the user's own network weights. The build for CPUs: the registry's for Linux brings
# 4 GB of CUDA along. Where it cannot be had, or with `make test TORCH=`, those tests skip and say so.
TORCH_BUILD := $(if $(filter Darwin,$(shell uname -s)),,+cpu)
TORCH       ?= torch==2.13.0$(TORCH_BUILD)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
# The oldest versions that pyproject.toml promises to work with.
LOWEST_VENV ?= .venv-lowest
# What bpy links on Debian; installed by `make test` where it may.
BPY_PACKAGES := libgl1 libegl1 libxrender1 libxkbcommon0 libsm6 libice6 libxi6 libxfixes3 libxext6 libx11-6
PY      := $(VENV)/bin/python
# Compiled when first imported: a quarter of a gigabyte that nobody imports stays away.
PIP     := $(PY) -m pip --disable-pip-version-check install --quiet --no-compile
BPY_PY  := $(BPY_VENV)/bin/python
ROOT_APT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null

.PHONY: demo test quick lint bench lowest torch clean

demo: $(VENV)/.installed
	$(PY) -m lipwright demo

test: $(VENV)/.test-ready $(BPY_VENV)/.installed lint
	$(PY) -m pytest

quick: $(VENV)/.test-ready
	$(PY) -m pytest -m "not slow and not bpy"

lint: $(VENV)/.test-ready
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m tests.public_face --check

bench: $(VENV)/.bench-ready
	$(PY) -m tests.bench

# Asks for torch again, after it could not be had.
torch: $(VENV)/.installed
	rm -f $(VENV)/.torch-asked
	$(MAKE) $(VENV)/.torch-asked

lowest: $(LOWEST_VENV)/.installed
	$(LOWEST_VENV)/bin/python -m pytest -m "not slow and not bpy"

clean:
	rm -rf $(VENV) $(BPY_VENV) $(LOWEST_VENV) demo-out build

# $(call environment,FOLDER): a virtual environment that works, whatever an earlier try left there. Debian ships venv
# apart from Python: install it where we may, else say its name. pip writes a package's INSTALLER file last, and calls
# a package without it installed all the same; what it put aside while replacing one begins with ~.
define environment
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || { $(ROOT_APT) && apt-get update -qq && apt-get install -y -qq python3-venv; } \
	  || { echo "Python lacks venv: apt-get install python3-venv, then run make again" >&2; exit 1; }
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(1)
	@for half in $(1)/lib/python*/site-packages/*.dist-info; do \
	  [ -e "$$half/INSTALLER" ] || { echo "finishing a broken-off install: $$(basename "$$half")"; rm -rf "$$half"; }; done
	@rm -rf $(1)/lib/python*/site-packages/~*
endef

$(VENV)/.installed: pyproject.toml
	$(call environment,$(VENV))
	$(PIP) --upgrade pip
	$(PIP) --editable .
	@touch $@

# After a change of pyproject.toml the old stamp is older than .installed, and the groups are looked at again.
$(VENV)/.test-ready: $(VENV)/.installed $(VENV)/.torch-asked pyproject.toml
	$(PIP) --group dev
	@touch $@

# Never a reason to stop: what needs it skips by name.
$(VENV)/.torch-asked: $(VENV)/.installed
	@[ -z "$(TORCH)" ] || $(PIP) --retries 1 --timeout 30 --extra-index-url "$(TORCH_INDEX)" "$(TORCH)" \
	  || echo "$(TORCH) could not be had from $(TORCH_INDEX): the tests of training and of torch weights will be skipped;" \
	          "to try again: make torch, or make torch TORCH=... TORCH_INDEX=..." >&2
	@touch $@

# pyworld, in the group `training`, is built from source: it wants a C++ compiler and Python's headers.
$(VENV)/.bench-ready: $(VENV)/.test-ready
	$(PIP) --group training \
	  || { echo "the songs of the bench need the group training: apt-get install g++ python3-dev, then run make again" >&2; exit 1; }
	@touch $@

$(BPY_VENV)/.installed:
	$(call environment,$(BPY_VENV))
	@$(BPY_PY) -m pip --disable-pip-version-check install --quiet bpy==$(BPY_VERSION) && touch $@ \
	  || echo "bpy==$(BPY_VERSION) could not be had: the tests inside Blender will be skipped" >&2
	@[ ! -e $@ ] || $(BPY_PY) -c "import bpy" 2>/dev/null \
	  || { $(ROOT_APT) && apt-get update -qq && apt-get install -y -qq $(BPY_PACKAGES); } \
	  || echo "Blender's module lacks system libraries: apt-get install $(BPY_PACKAGES)" >&2

$(LOWEST_VENV)/.installed: pyproject.toml
	$(call environment,$(LOWEST_VENV))
	$(LOWEST_VENV)/bin/python -m pip --disable-pip-version-check install --quiet --upgrade uv
	$(LOWEST_VENV)/bin/python -m uv pip install --quiet --resolution lowest-direct --editable . --group dev
	@touch $@
