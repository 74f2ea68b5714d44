# make demo and make test do all their own set-up; only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo test check setup docs clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt scripts/set_up.py scripts/fetch_front_end.py frontend/package-lock.json
	$(PYTHON) scripts/set_up.py $(VENV)
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/kejin demo demo

test: $(STAMP)
	$(BIN)/python scripts/run_tests.py

check: $(STAMP)
	$(BIN)/ruff format --check src tests benchmarks examples scripts
	$(BIN)/ruff check src tests benchmarks examples scripts
	$(BIN)/mypy
	$(BIN)/kejin rules check
	$(BIN)/pytest -q -n 2 -m "not slow and not real_data and not spark"

docs: $(STAMP)
	$(BIN)/python scripts/write_docs.py

clean:
	rm -rf $(VENV) demo
