# `make demo` and `make test` work on a fresh machine with python3 >= 3.11, venv and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080

.PHONY: demo test test-all lint bench rigs format clean

demo: $(VENV)/.installed
	@exec $(BIN)/housebot demo --port $(PORT) $(DEMO)

test: $(VENV)/.dev lint
	$(BIN)/pytest -n 2

test-all: $(VENV)/.dev lint
	$(BIN)/pytest -n 2 -m ""

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m bench

rigs: $(VENV)/.dev
	$(BIN)/python -m rigs

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .demo

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'housebot needs Python 3.11 or newer. Install it (Debian 12, Ubuntu 24.04 have it) and say: make PYTHON=python3.11 ...'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo 'Python cannot make a virtual environment here. On Debian and Ubuntu: apt install python3-venv'; exit 1; }

$(VENV)/.installed: pyproject.toml hatch_build.py | $(BIN)/python
	@echo 'Installing housebot into $(VENV) (a minute the first time) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . || \
	  { echo 'The packages could not be installed: is this machine on the network?'; exit 1; }
	@touch $@

$(VENV)/.dev: pyproject.toml hatch_build.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.installed
