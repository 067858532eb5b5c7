# `make test` and `make demo` need nothing but this folder, Rust, Python and the package registries:
# they prepare what is missing (Debian packages when run by root, a virtual environment, the Rust build) and go on.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CARGO ?= cargo

RUST_SOURCES := $(shell find crates -path '*/src/*' -type f -o -name Cargo.toml) Cargo.toml Cargo.lock
PYTHON_SOURCES := $(shell find src -name '*.py')

# PyO3 must see the interpreter that everything else uses, or it builds twice.
export PYO3_PYTHON := $(abspath $(BIN)/python)

.PHONY: build
build: $(VENV)/.core $(VENV)/.bytecode ## every command into .venv/bin

.PHONY: test
test: lint types test-rust test-python test-main-job ## everything that continuous integration checks

.PHONY: check
check: lint types ## formatting, lints and types, no tests

.PHONY: lint
lint: lint-rust lint-python

.PHONY: lint-rust
lint-rust: $(VENV)/.tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings

.PHONY: lint-python
lint-python: $(VENV)/.tools
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .

.PHONY: types
types: $(VENV)/.core
	$(BIN)/mypy

# The bindings crate is a Python extension: its tests are those in Python.
.PHONY: test-rust
test-rust: $(VENV)/.tools
	$(CARGO) test --workspace --exclude bindings --quiet

# Tests of the module set evaluate the working tree's; the packages are those of a channel generation.
.PHONY: index
index: nixpkgs/index/x86_64-linux ## the index of Debian's archive for the working tree's package set

nixpkgs/index/x86_64-linux: $(VENV)/.core $(VENV)/.bytecode
	test -e $@ || { \
	  generation=$$(env -u NIX_PATH $(BIN)/nix-instantiate --find-file nixpkgs); \
	  rm -rf nixpkgs/index && cp -r --no-preserve=mode "$$generation/index" nixpkgs/index; }

.PHONY: test-python
# Some tests make folders nested deeper than Python can remove, so `rm` does that.
test-python: build index
	folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(BIN)/python -m pytest -q -m 'not vm' --basetemp="$$folder/tests" $(PYTEST_ARGS)

# One NixOS test with two machines, from nothing to its report: what all the rest is for.
.PHONY: test-main-job
test-main-job: build
	$(BIN)/python -m pytest -q tests/vm/test_channel_tests.py -k client-server

.PHONY: test-machines
test-machines: build ## all tests that boot machines
	$(BIN)/python -m pytest -q -m vm

.PHONY: coverage
coverage: build ## which lines the Python tests reach
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage report

.PHONY: format
format: $(VENV)/.tools ## rewrites sources in the project's format
	$(CARGO) fmt --all
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .

.PHONY: demo
demo: build ## the examples: a program, a shell, a system, two tests
	PATH="$(abspath $(BIN)):$$PATH" examples/demo

.PHONY: bench
bench: build ## times against a reference Nix where there is one
	$(BIN)/python bench/startup.py

.PHONY: clean
clean:
	rm -rf $(VENV) target

.PHONY: help
help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

# $(call need,COMMAND,DEBIAN PACKAGE): installs the package when the command fails and we are root.
define need
$(1) >/dev/null 2>&1 || { \
  [[ $$(id -u) == 0 ]] && command -v apt-get >/dev/null || { echo "make: missing: install $(2)" >&2; exit 1; }; \
  apt-get update -qq && apt-get install -qqy --no-install-recommends $(2) >/dev/null; }
endef

# Setuptools would only add a start-up hook to every command of the environment.
$(VENV)/.tools: pyproject.toml
	@$(call need,command -v cc,gcc libc6-dev)
	@$(call need,$(PYTHON) -c 'import venv$(comma) ensurepip',python3-venv)
	@command -v $(CARGO) >/dev/null || { echo "make: missing: install Rust 1.95 or newer (rustup.rs)" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --group dev
	$(BIN)/python -m pip uninstall --quiet --yes setuptools
	touch $@

comma := ,

# The first time takes minutes: Cargo shows how far it is.
$(VENV)/.core: $(VENV)/.tools $(RUST_SOURCES) pyproject.toml
	PIP_QUIET=1 VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --release
	touch $@

# Byte code is made here, so that a command never has to compile (nor may, where the tree is read-only).
$(VENV)/.bytecode: $(VENV)/.tools $(PYTHON_SOURCES)
	$(BIN)/python -m compileall -q src
	touch $@
