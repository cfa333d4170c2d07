# Every goal sets up what it needs. Override on the command line:
#   make demo PY=python3.12 VENV=/somewhere/venv PIP_ARGS="--index-url ..."
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
PY ?= python3.11
VENV ?= .venv
PIP_ARGS ?=
DEMO ?= demo
# One process a core for tests; each uses one thread, so that two do not wait for each other.
JOBS ?= 2
VSUMBENCH_SHARED ?= $(if $(wildcard ../shared/data),$(abspath ../shared),)

export HF_HUB_OFFLINE ?= 1
export OMP_NUM_THREADS ?= 1
export TOKENIZERS_PARALLELISM := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1
ifneq ($(VSUMBENCH_SHARED),)
export VSUMBENCH_SHARED
endif

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DISTRIBUTIONS := $(sort $(dir $(wildcard plugins/*/pyproject.toml))) leaderboards/
INSTALL := $(BIN)/python -m pip install --quiet $(PIP_ARGS) -c constraints.txt

.PHONY: install demo test test-all golden evidence lint format clean
install: $(STAMP)

# torch comes first and pinned, so that nothing later can pull another build. The stamp is touched last, so that an
# install that broke is done again.
$(STAMP): pyproject.toml constraints.txt leaderboards/pyproject.toml $(wildcard plugins/*/pyproject.toml)
	test -x $(BIN)/python || $(PY) -m venv $(VENV)
	$(INSTALL) torch
	$(INSTALL) setuptools
	$(INSTALL) --no-build-isolation -e '.[train,dev]' $(foreach d,$(DISTRIBUTIONS),-e $(d))
	$(BIN)/python -m pip check
	touch $@

demo: $(STAMP)
	BIN=$(BIN) DEMO=$(DEMO) bash benchmarks/demo.sh

test: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-all: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not gpu and not network"

golden: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) -k golden

evidence: $(STAMP)
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/video.py
	$(BIN)/python benchmarks/leaderboard.py
	$(BIN)/python benchmarks/planted_card.py
	$(BIN)/python benchmarks/milora_evidence.py --runs evidence/runs --jobs $(JOBS)
	$(BIN)/python benchmarks/models_evidence.py --runs evidence/runs --jobs $(JOBS)
	$(BIN)/python benchmarks/vtsum_evidence.py --runs evidence/runs --jobs $(JOBS)
	$(BIN)/python benchmarks/keyshots_speed.py
	$(BIN)/python benchmarks/local_attention.py
	$(BIN)/python benchmarks/milora.py
	$(BIN)/python -m pytest -n $(JOBS) -m "slow and not gpu and not network"

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) $(DEMO) evidence .pytest_cache .mypy_cache .ruff_cache
