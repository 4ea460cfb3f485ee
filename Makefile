PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test slow bench crash lint clean

demo: .venv/.installed
	$(BIN)/ledger demo

# One file stays on one worker: the blocks of a document share their state. A PostgreSQL that does
# not start fails what needs it: skipped, it would look like passed. More than half of the time is
# waiting, for disks, servers and locks, so there are two workers for each core where it is measured.
test: lint
	LEDGER_REQUIRE_POSTGRES=1 $(BIN)/pytest --numprocesses 4 --dist loadfile

# The long forms of what `make test` does in short: whole data, more of the same, large memory.
slow: .venv/.installed
	LEDGER_REQUIRE_POSTGRES=1 LEDGER_LONG=1 $(BIN)/pytest -m slow
	LEDGER_REQUIRE_POSTGRES=1 LEDGER_LONG=1 $(BIN)/pytest \
		tests/store/test_projection_killed.py tests/store/test_follow_beside_writers.py

bench: .venv/.installed
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.sealing

crash: .venv/.installed
	$(BIN)/python -m tests.crash --long

fuzz: .venv/.installed
	$(BIN)/pip install --quiet --quiet --disable-pip-version-check \
		--constraint tests/constraints.txt --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz

lint: .venv/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict ledger tests examples
	$(BIN)/lint-imports --no-logo

clean:
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find ledger tests examples -name __pycache__ -prune -exec rm -rf {} +

# Quiet twice: an index that lacks a package is a warning, not news. Errors are still printed.
.venv/.installed: pyproject.toml tests/constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --quiet --disable-pip-version-check \
		--constraint tests/constraints.txt --editable '.[test]'
	touch $@
