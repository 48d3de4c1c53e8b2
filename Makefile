# Needs Python 3.11 or later, make and git; everything else is installed into .venv by the targets that need it.
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3,$(if $(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo yes),$(name))))
VERSION := 'import sys; print(sys.version)'
BIN := .venv/bin
INSTALLED := .venv/.installed
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help install dev demo test test-all lint format lock openapi package bench images clean

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## install everything into .venv and build the Lambda package once

$(INSTALLED): $(wildcard requirements*.txt) policy/requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; install it, or say which: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Installing into .venv (about a minute) ..."
	@test ! -e .venv || test "$$($(BIN)/python -c $(VERSION) 2>/dev/null)" = "$$($(PYTHON) -c $(VERSION))" || { echo "Remaking .venv, which another Python made ..."; rm -rf .venv; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-lambda.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r policy/requirements.txt
	@$(BIN)/python -m infra.package.build --for host
	@$(BIN)/python -m infra.package.build --for lambda
	@touch $@

dev: $(INSTALLED) ## run the whole pipeline on this machine until Ctrl-C; ARGS="--tenant acme" shows one tenant
	@$(BIN)/python -m local up $(ARGS)

demo: $(INSTALLED) ## send logs of every protocol through the whole pipeline and check what happened to them
	@$(BIN)/python -m local demo

# Tests start some hundred Pythons, which would all compile the same files again where bytecode is not kept.
test test-all: export PYTHONDONTWRITEBYTECODE :=

test: $(INSTALLED) ## run every test that is not marked slow (five minutes on two cores)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not slow"

test-all: $(INSTALLED) ## run every test, the slow ones too
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: $(INSTALLED) ## check style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(INSTALLED) ## put the code into the project's form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(INSTALLED) ## pin what requirements*.in asks for, with hashes, in requirements*.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@$(LOCK) requirements.in --output-file requirements.txt
	@$(LOCK) requirements-lambda.in --constraint requirements.txt --output-file requirements-lambda.txt

openapi: $(INSTALLED) ## write docs/openapi.json from the models
	@$(BIN)/python -m docs.openapi

package: $(INSTALLED) ## write the Pulumi package's component and schema from the settings
	@$(BIN)/python -m package.generate

bench: $(INSTALLED) ## measure ours beside the alternatives and write docs/benchmarks.md (ten minutes)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@$(BIN)/python -m bench all --json docs/benchmarks/results.json
	@$(BIN)/python -m bench document docs/benchmarks/results.json

images: $(INSTALLED) ## draw docs/images/*.svg
	@$(BIN)/python -m docs.images.draw

clean: ## remove what the other targets made
	rm -rf .venv .build .local .mypy_cache .pytest_cache .ruff_cache .hypothesis
