# make demo      the whole pipeline on the demonstration (installs what it needs)
# make serve     the dashboard over the demonstration's data
# make airflow   the same pipeline as DAGs in Airflow
# make check     formatting, lint, types, import rules
# make test      every test; installs Elasticsearch, Chromium and the rest where it may
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes

.PHONY: demo serve airflow check test benchmark lock clean

demo: $(VENV)/core
	@$(BIN)/python -m demo run

serve: $(VENV)/core
	@$(BIN)/python -m demo serve

airflow: $(VENV)/airflow
	@$(BIN)/python -m demo.airflow

check: $(VENV)/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/test
	tests/install
	$(BIN)/python -m pytest

# An environment is the requirement file that it was made from; each holds the ones before it.
$(VENV)/core: requirements/core.txt pyproject.toml
$(VENV)/airflow: requirements/airflow.txt pyproject.toml
$(VENV)/test: requirements/test.txt pyproject.toml
$(VENV)/core $(VENV)/airflow $(VENV)/test: $(VENV)/%:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Đang cài đặt thư viện ($*)…"
	@$(INSTALL) -r requirements/$*.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Needs uv. Versions and hashes, no addresses.
LOCK := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml
lock:
	$(LOCK) --extra build --extra airflow --extra test -o requirements/test.txt
	$(LOCK) --extra build --extra airflow -c requirements/test.txt -o requirements/airflow.txt
	$(LOCK) --extra build -c requirements/test.txt -o requirements/core.txt
	$(LOCK) --extra build --extra train -c requirements/core.txt -o requirements/train.txt

clean:
	rm -rf var $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
