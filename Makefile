# Reberth. `make` lists what there is. Every target does its own set-up and needs neither AWS, credentials nor Docker.
.DEFAULT_GOAL := help
.PHONY: help demo why test check check-functions validate invoke build-functions core standin it scenarios adapters clean
SHELL := bash

FUNCTIONS := health-event-router maintenance-reconciler
# Each SDK is a feature of the core crate.
SDKS := $(shell sed --quiet 's/^\(aws-[a-z0-9-]*\) = \["aws".*/\1/p' shared/Cargo.toml | paste --serial --delimiters ,)
SCENARIO ?= tests/scenarios/small-2014.yaml
PYTHON := .venv/bin/python
export PYTHONPATH := tests

help: ## List the targets
	@grep --extended-regexp '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed --regexp-extended 's/:.*## /\t/' | expand --tabs=20

##@ See it

demo: build-functions .venv/ready ## Play a scenario on the local stand-in of AWS (SCENARIO=path)
	$(PYTHON) -m standin play $(SCENARIO)

why: ## Tell one instance of the last demo in words (INSTANCE=i-…); with STACK=name, of a deployed stack
	@infra/why.sh "$(INSTANCE)" "$(STACK)"

invoke: build-functions .venv/ready ## Run one built function on one event (FUNCTION=… EVENT=events/….json)
	@$(PYTHON) -m standin invoke $(FUNCTION) $(EVENT)

##@ Work on it

test: core standin it scenarios ## All tests but those of the adapters
	@echo "All tests passed."

core: ## The core's own tests: no SDK, seconds
	cargo test --package shared --features testing

standin: .venv/ready ## The stand-in's own tests, and those of the template's checks
	$(PYTHON) -m unittest discover --start-directory infra/validate --pattern 'test_*.py'
	$(PYTHON) -m unittest discover --start-directory tests --top-level-directory tests --pattern 'test_*.py'

it: build-functions .venv/ready ## The built functions against the stand-in
	cargo test --package tests

scenarios: build-functions .venv/ready ## Play every scenario: each must end as its file states
	@for scenario in tests/scenarios/*.yaml; do \
		echo "Playing $$scenario."; \
		$(PYTHON) -m standin play $$scenario > target/scenario.log \
			|| { cat target/scenario.log; exit 1; }; \
		tail --lines 2 target/scenario.log | head --lines 1; done

adapters: ## The adapters' own tests, which need the SDKs once more (minutes the first time)
	cargo test --package shared --lib --features $(SDKS) aws::

check: ## Formatting, lints, direction of dependencies
	cargo fmt --all --check
	cargo clippy --package shared --features testing --all-targets -- --deny warnings
	cargo clippy --package tests --all-targets -- --deny warnings
	@! cargo tree --package shared --edges normal --prefix none \
		| grep --extended-regexp '^(aws|tokio|hyper|lambda|futures)' \
		|| { echo "shared's core depends on an SDK or a runtime: see above"; exit 1; }

check-functions: ## The same lints over the adapters and mains, which need the SDKs (minutes the first time)
	cargo clippy --release $(foreach function,$(FUNCTIONS),--package $(function)) -- --deny warnings

validate: .venv/ready .venv-validate/ready ## The template and its event patterns
	infra/validate/run.sh

build-functions: ## Build the functions, each by itself so that features do not unify
	@for function in $(FUNCTIONS); do \
		echo "Building $$function (the first time compiles the AWS SDKs: minutes)."; \
		cargo build --release --package "$$function" || exit; done

clean: ## Remove what was built
	rm --recursive --force target .venv .venv-validate

.venv/ready: tests/requirements.txt
	@echo "Setting up the stand-in of AWS in .venv (half a minute)."
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

.venv-validate/ready: infra/validate/requirements.txt
	@echo "Setting up SAM's command line in .venv-validate (half a minute)."
	python3 -m venv .venv-validate
	.venv-validate/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@
