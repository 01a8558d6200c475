# Reberth. `make` lists what there is. Every target does its own set-up and needs neither AWS, credentials nor Docker.
.DEFAULT_GOAL := help
.PHONY: build reproduce sbom audit packaging
.PHONY: deploy deploy-function remove deployments expand
.PHONY: help demo why doctor build-doctor test sim every-order prove mutants day-2014 check check-functions validate invoke build-functions core simulation standin it scenarios adapters clean
SHELL := bash

FUNCTIONS := health-event-router maintenance-reconciler
# Each SDK is a feature of the core crate.
SDKS := $(shell sed --quiet 's/^\(aws-[a-z0-9-]*\) = \["aws".*/\1/p' shared/Cargo.toml | paste --serial --delimiters ,)
SCENARIO ?= tests/scenarios/small-2014.yaml
PYTHON := .venv/bin/python
# What packages are built for, in the template's words.
ARCHITECTURE ?= arm64 x86_64
PACKAGED = $(addprefix --architecture ,$(ARCHITECTURE)) $(FUNCTIONS)
BUILD_PYTHON := .venv-build/bin/python
# Where SAM's command line lives, the commands that drive it run too.
DEPLOY := SAM_CLI_TELEMETRY=0 .venv-validate/bin/python infra/deploy
ASKED = --stack "$(or $(STACK),reberth)" --region "$(REGION)" \
	$(if $(filter 1,$(YES)),--yes) $(if $(filter 1,$(DRY_RUN)),--dry-run)
FORGOTTEN = $(if $(filter 1,$(FORGET)),--forget)
SIMULATION := cargo test --profile simulation --package shared --features testing
SIMULATED = $(addprefix --seeds ,$(SEEDS)) $(addprefix --from ,$(FROM)) $(addprefix --threads ,$(THREADS)) \
	$(addprefix --seed ,$(SEED)) $(addprefix --script ,$(abspath $(SCRIPT))) $(if $(filter 1,$(SHRINK)),--shrink)
CARGO_DENY := 0.20.2
CARGO_MUTANTS := 27.1.0
MUTATED = $(addprefix --file=,$(FILES)) $(addprefix --shard=,$(SHARD)) \
	$(if $(DIFF),--in-diff=target/mutants/changes.diff)
ENVIRONMENTS := .venv .venv-build .venv-scan .venv-validate
export PYTHONPATH := tests

help: ## List the targets
	@grep --extended-regexp '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed --regexp-extended 's/:.*## /\t/' | expand --tabs=20

##@ See it

demo: build-functions .venv/ready ## Play a scenario on the local stand-in of AWS (SCENARIO=path)
	$(PYTHON) -m standin play $(SCENARIO)

why: ## Tell one instance of the last demo in words (INSTANCE=i-…); with STACK=name, of a deployed stack
	@infra/why.sh "$(INSTANCE)" "$(STACK)"

doctor: build-doctor $(if $(REGION),,build-functions) .venv/ready ## Look and change nothing: REGION=… [STACK=…] [FORMAT=json], else the stand-in
	@$(if $(REGION),infra/doctor.sh "$(REGION)" "$(STACK)" "$(or $(FORMAT),page)",$(PYTHON) -m standin doctor)

invoke: build-functions .venv/ready ## Run one built function on one event (FUNCTION=… EVENT=events/….json)
	@$(PYTHON) -m standin invoke $(FUNCTION) $(EVENT)

##@ Work on it

test: core simulation standin packaging it scenarios deployments ## All tests but those of the adapters
	@echo "All tests passed."

core: ## The core's own tests, and those of the doctor's findings: no SDK, seconds
	cargo test --package shared --features testing
	cargo test --package doctor --no-default-features
	cargo test --package mutants

simulation: SEEDS ?= 2000
simulation: sim ## The suites in the profile of the simulation, and 2,000 of its seeds
	$(SIMULATION) --test suites

every-order: ## Every order of up to three troubles in a small world, printed (TROUBLES=…, slow)
	TROUBLES=$(or $(TROUBLES),3) $(SIMULATION) --test suites -- --nocapture exhaustive

prove: ## Break the product in one place at a time, and see that the simulation finds it (MUTANTS=…, slow)
	python3 shared/tests/mutants/prove.py $(if $(SEEDS),--seeds $(SEEDS)) $(MUTANTS)

sim: ## Play many seeds and judge them (SEEDS=end, FROM=first, THREADS=…), or one (SEED=… or SCRIPT=path; SHRINK=1)
	@$(SIMULATION) --test simulation -- $(SIMULATED)

day-2014: ## Play the two days of September 2014: 5,000 instances, 1,000 of them affected; minutes
	@DAY=whole $(SIMULATION) --test suites -- --nocapture the_day_of_2014

mutants: target/tools/cargo-mutants-$(CARGO_MUTANTS) ## Break the core on purpose, and see who notices (FILES=glob, DIFF=main, SHARD=0/4)
	@mkdir --parents target/mutants
	@$(if $(DIFF),git diff "$(DIFF)" -- shared > target/mutants/changes.diff)
	@cargo run --quiet --package mutants -- $(MUTATED)

standin: .venv/ready .venv-validate/ready .venv-scan/ready ## The stand-in's own tests, and those of the template's checks
	$(PYTHON) -m unittest discover --start-directory infra/validate --pattern 'test_*.py'
	$(PYTHON) -m unittest discover --start-directory infra/deploy --pattern 'test_*.py'
	$(PYTHON) -m unittest discover --start-directory infra/doctor --pattern 'test_*.py'
	$(PYTHON) -m unittest discover --start-directory tests --top-level-directory tests --pattern 'test_*.py'

it: build-functions build-doctor .venv/ready ## The built functions against the stand-in
	cargo test --package tests

scenarios: $(if $(PACKAGES),,build-functions) .venv/ready ## Play every scenario (PACKAGES=folder of packages)
	@rm --recursive --force target/scenarios
	@for scenario in tests/scenarios/*.yaml; do \
		echo "Playing $$scenario."; \
		record=target/scenarios/$$(basename $$scenario .yaml); \
		$(PYTHON) -m standin play $(addprefix --functions ,$(PACKAGES)) --record $$record \
			$$scenario > target/scenario.log \
			|| { cat target/scenario.log; exit 1; }; \
		tail --lines 2 target/scenario.log | head --lines 1; done
	@$(PYTHON) -m standin permissions target/scenarios

deployments: build-functions .venv/ready .venv-build/ready .venv-validate/ready ## Deploy and remove, on the stand-in
	$(PYTHON) -m unittest discover --start-directory infra/deploy --pattern 'play_*.py'

adapters: ## The adapters' own tests, which need the SDKs once more (minutes the first time)
	cargo test --package shared --lib --features $(SDKS) aws::

check: ## Formatting, lints, direction of dependencies
	cargo fmt --all --check
	cargo clippy --package shared --features testing --all-targets -- --deny warnings
	cargo clippy --package shared --features testing --test suites --test simulation -- --deny warnings
	cargo clippy --package doctor --no-default-features --all-targets -- --deny warnings
	cargo clippy --package mutants --all-targets -- --deny warnings
	cargo clippy --package tests --all-targets -- --deny warnings
	@! cargo tree --package shared --edges normal --prefix none \
		| grep --extended-regexp '^(aws|tokio|hyper|lambda|futures)' \
		|| { echo "shared's core depends on an SDK or a runtime: see above"; exit 1; }

check-functions: ## The same lints over the adapters and mains, which need the SDKs (minutes the first time)
	cargo clippy --release $(foreach function,$(FUNCTIONS),--package $(function)) -- --deny warnings
	cargo clippy --release --package doctor -- --deny warnings

validate: .venv/ready .venv-validate/ready .venv-scan/ready ## The template, its event patterns, its policies
	@$(PYTHON) infra/validate/run.py

build-functions: ## Build the functions, each by itself so that features do not unify
	@for function in $(FUNCTIONS); do \
		echo "Building $$function (the first time compiles the AWS SDKs: minutes)."; \
		cargo build --release --package "$$function" || exit; done

build-doctor: ## Build the doctor, which shares the functions' SDKs
	@echo "Building the doctor (the first time compiles the AWS SDKs: minutes)."
	@cargo build --release --package doctor

##@ Ship it

build: .venv-build/ready ## The packages for Lambda, checked (ARCHITECTURE=arm64 or x86_64)
	$(BUILD_PYTHON) infra/build/build.py $(PACKAGED)

reproduce: .venv-build/ready ## Build the packages twice from nothing and compare the bytes
	$(BUILD_PYTHON) infra/build/reproduce.py $(PACKAGED)

sbom: .venv-build/ready ## List what is in each function, as CycloneDX in target/sbom
	$(BUILD_PYTHON) infra/build/sbom.py $(FUNCTIONS)

audit: .venv-build/ready target/tools/cargo-deny-$(CARGO_DENY) ## Licences, sources, advisories (ADVISORIES=no)
	$(BUILD_PYTHON) infra/build/audit.py $(if $(filter no,$(ADVISORIES)),--without-advisories)

packaging: .venv-build/ready ## The own tests of what builds, lists and audits
	$(BUILD_PYTHON) -m unittest discover --start-directory infra/build --pattern 'test_*.py'

##@ Run it in your account: STACK=reberth REGION=…; DRY_RUN=1 shows and stops, YES=1 does not ask

deploy deploy-function: ARCHITECTURE := arm64
deploy-function: FUNCTIONS = $(FUNCTION)

deploy: build .venv-validate/ready ## Deploy, after showing what would change (PARAMETERS="Name=value …")
	@infra/build/choose.sh $(ARCHITECTURE) $(FUNCTIONS)
	@$(DEPLOY)/deploy.py $(ASKED) $(FORGOTTEN) --architecture $(ARCHITECTURE) --parameters "$(PARAMETERS)"

deploy-function: $(if $(PACKAGE),,build) .venv-build/ready .venv-validate/ready ## New code for one FUNCTION=…; PACKAGE=zip
	@$(DEPLOY)/deploy_function.py $(ASKED) "$(FUNCTION)" \
		$(if $(PACKAGE),--package "$(PACKAGE)",--architecture $(ARCHITECTURE))

remove: .venv-validate/ready ## Delete the stack if nothing hangs on it; its ledger stays (FORGET=1)
	@$(DEPLOY)/remove.py $(ASKED) $(FORGOTTEN)

expand: .venv/ready ## The template without SAM's transform, in target/reberth.json (CODE=s3://bucket/folder)
	@mkdir --parents target
	@$(PYTHON) infra/validate/expand.py infra/template.yaml "$(CODE)" > target/reberth.json
	@echo "target/reberth.json takes the functions' packages from $(CODE)."

clean: ## Remove what was built
	rm --recursive --force target $(ENVIRONMENTS)

.venv/ready: tests/requirements.txt
.venv/ready: HOLDS := the stand-in of AWS
.venv-validate/ready: infra/validate/requirements.txt
.venv-validate/ready: HOLDS := SAM's command line
.venv-scan/ready: infra/validate/requirements-scan.txt
.venv-scan/ready: HOLDS := checkov and parliament
.venv-build/ready: infra/build/requirements.txt
.venv-build/ready: HOLDS := cargo-lambda and zig

$(addsuffix /ready,$(ENVIRONMENTS)): %/ready:
	@echo "Setting up $(HOLDS) in $* (half a minute)."
	python3 -m venv $*
	$*/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

target/tools/cargo-deny-$(CARGO_DENY): TOOL := cargo-deny@$(CARGO_DENY)
target/tools/cargo-mutants-$(CARGO_MUTANTS): TOOL := cargo-mutants@$(CARGO_MUTANTS)

target/tools/cargo-deny-$(CARGO_DENY) target/tools/cargo-mutants-$(CARGO_MUTANTS):
	@echo "Compiling $(TOOL) into target/tools (minutes)."
	cargo install --quiet --locked --root target/tools $(TOOL)
	touch $@
