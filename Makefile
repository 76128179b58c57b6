# `make demo` and `make test` are all that a new clone needs; both make .venv first where it is not there.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CORES ?= $(shell getconf _NPROCESSORS_ONLN)
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# Quick tiers first, side by side, with compiled modules kept for the next time; the others use all cores by themselves.
QUICK := tests/unit tests/property tests/config tests/reference
WHOLE := tests/rules tests/integration tests/browser

.PHONY: help
help: ## Show this list.
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

.PHONY: venv
venv: ## Make .venv from requirements.lock, where it is not yet made from it.
	@bash envs/make_venv.sh

.PHONY: demo
demo: venv ## Run the study that config/config.yaml points at: the demo of three simulated hospitals.
	snakemake --cores $(CORES)
	@echo "Open results/demo/START_HERE.html"

.PHONY: test
test: lint ## Run lint and all tests.
	PYTHONDONTWRITEBYTECODE= pytest --numprocesses $(CORES) -m "not slow" $(QUICK)
	PYTHONDONTWRITEBYTECODE= pytest --numprocesses $(CORES) -m slow $(QUICK)
	pytest $(WHOLE)

.PHONY: browser
browser: venv ## Look at the demo's pages and Word files in Chromium and LibreOffice (part of 'make test').
	pytest tests/browser -rs

.PHONY: lint
lint: venv ## Check the form of code and rules.
	ruff check .
	ruff format --check --quiet . || { echo "Run 'make format'."; exit 1; }
	snakefmt --check Snakefile workflow/rules || { echo "Run 'make format'."; exit 1; }
	snakemake --lint

.PHONY: format
format: venv ## Bring code and rules into form.
	ruff format .
	snakefmt Snakefile workflow/rules
	ruff check --fix .

.PHONY: check
check: venv ## Check a study and its tables: make check STUDY=config/mine/study.yaml
	PYTHONPATH=workflow/lib python -m osteon check $(or $(STUDY),config/demo/study.yaml)

.PHONY: scan
scan: venv ## Propose a study's table of cases from the raw exports: make scan STUDY=config/mine/study.yaml
	snakemake scan --cores $(CORES) $(if $(STUDY),--config study=$(STUDY))

.PHONY: bench
bench: venv ## Measure the speed of the scan, of N4, of inference, of features, of models and of the report.
	for script in scan n4 inference features models report; do PYTHONPATH=workflow/lib python tests/bench/bench_$$script.py || exit 1; done

.PHONY: docs
docs: venv ## Write the configuration's schema, defaults and reference page from the models.
	PYTHONPATH=workflow/lib python -m osteon docs

.PHONY: lock
lock: venv ## Write requirements.lock and envs/*.yaml from the lists in pyproject.toml.
	@bash envs/lock.sh
