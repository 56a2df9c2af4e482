# Every verb of the project, the same for people and CI. `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python of 3.11 or newer; `make PYTHON=/path/to/python …` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

# `make run PORT=9000` and `PORT=9000 make run` mean NEWSWIRE_PORT; a NEWSWIRE_… in the environment wins over the latter.
PLAIN := HOST PORT DATA_DIR SAMPLE
plain = $(if $(filter command%,$(origin $(1))),NEWSWIRE_$(1)='$($(1))',$(if $(filter environment%,$(origin $(1))),$(if \
	$(NEWSWIRE_$(1)),,NEWSWIRE_$(1)='$($(1))')))

.PHONY: help run test check bench chaos docs up down lock

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run.stamp ## start all services at http://127.0.0.1:8080 (HOST, PORT, DATA_DIR, SAMPLE=no and every NEWSWIRE_… setting)
	@exec env $(foreach name,$(PLAIN),$(call plain,$(name))) $(BIN)/python -m services

test: .venv/test.stamp ## run every test, three files at a time, on servers that they start themselves (ARGS="-k words" for some)
	@sh tests/browser/chromium.sh
	@exec $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/test.stamp ## lint, format, types, architecture, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

bench: .venv/test.stamp ## measure beside the limits, in the same run, as ratios
	@exec $(BIN)/python -m tests.bench $(ARGS)

chaos: .venv/test.stamp ## kill it everywhere under 20,000 stories and count what is lost (ARGS="--chaos-stories=1000 --chaos-seed=1" for less)
	@exec $(BIN)/python -m pytest tests/chaos --chaos-stories=20000 $(ARGS)

docs: .venv/test.stamp ## write what is made from code: OpenAPI, AsyncAPI, JSON Schemas, the proxy's configuration
	$(BIN)/python -m services.documents

up: ## start the containers (docker-compose.yml)
	@[ ! -f deploy/secrets.sh ] || sh deploy/secrets.sh
	docker compose up --detach --build --wait

down: ## stop the containers; their data stays
	docker compose down

lock: .venv/test.stamp ## resolve requirements/*.txt anew, with hashes for every platform and no index address
	$(BIN)/uv pip compile $(LOCK) --group build pyproject.toml --output-file requirements/run.txt
	$(BIN)/uv pip compile $(LOCK) --group build --group test --constraint requirements/run.txt pyproject.toml \
		--output-file requirements/test.txt

LOCK := --quiet --upgrade --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-annotate --no-header --system-certs

.venv/%.stamp: requirements/%.txt requirements/install.sh
	@PYTHON='$(PYTHON)' sh requirements/install.sh $<
	@touch $@

# What the tests need contains what a run needs: one installation serves both.
.venv/test.stamp: .venv/run.stamp
