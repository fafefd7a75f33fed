# All that is needed: Python 3.11 or newer, pip, make, gcc and git. Everything else is made in .venv.
#
#   make demo     one exchange of every pattern, on tcp and ipc
#   make test     all tests            (ARGS='-k ready' for some)
#   make test-oldest   the unit tests with the oldest libraries that pyproject.toml allows
#   make test-pythons  the unit tests on every Python from 3.11 on that this machine has
#   make coverage      line and branch coverage of all tests, processes included
#   make lint     ruff and mypy
#   make docs     the pages made from the program
#   make man      show the man page
#   make soak-signals  SIGINT and SIGTERM at 2,000 random moments (minutes; ARGS='--seed 7 --each 100')
#   make bench    beside plain pyzmq, C and others (ARGS are passed on)
#   make soak     1,000 runs against peers that die, stop and dawdle: some 15 minutes (ARGS='--seed 2')
#   make clean    forget .venv and what tools have left

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/made-from-pyproject
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
ARGS ?=

# Where it is set each of pytest's processes would compile everything once more.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := test
.DELETE_ON_ERROR:
.PHONY: demo test test-oldest test-pythons coverage lint docs man bench soak soak-signals clean

demo: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/demo.sh

test: $(READY)
	@$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

test-oldest: $(READY)
	@$(BIN)/python -m tests.versions oldest $(ARGS)

test-pythons: $(READY)
	@$(BIN)/python -m tests.versions pythons $(ARGS)

# A measured process starts and runs slower, so tests that fail here and not in `make test` do not end it.
coverage: $(READY)
	@rm -rf .coverage && mkdir .coverage
	-@$(BIN)/python -m coverage run -m pytest -n 4 --dist worksteal -q $(ARGS)
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

lint: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@echo "lint: ruff and mypy found nothing"

docs: $(READY)
	@$(BIN)/python docs/generate.py $(ARGS)

man:
	@man --local-file docs/zmqcli.1

soak-signals: $(READY)
	@$(BIN)/python -m tests.soak.signals $(ARGS)

bench: $(READY)
	@$(BIN)/python benchmarks/run.py $(ARGS)

soak: $(READY)
	@$(BIN)/python -m tests.soak $(ARGS)

clean:
	@rm -rf $(VENV) .venvs .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist benchmarks/build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# PYTHON names the interpreter to use; else the first that is new enough. Debian splits venv from Python: pip then
# puts itself into a virtual environment made without it. Dependency groups need pip 25.1.
$(READY): pyproject.toml zmqcli/_batches.c
	@set -e; \
	for python in $(or $(PYTHON),python3.11 python3 python3.12 python3.13 python3.14 python); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then echo "make: no Python 3.11 or newer; name one: make PYTHON=/path/to/python3" >&2; exit 1; fi; \
	echo "making $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV) >/dev/null 2>&1 || { \
	  "$$found" -m venv --clear --without-pip $(VENV); \
	  "$$found" -m pip --disable-pip-version-check -qq --python $(BIN)/python install pip; \
	}; \
	$(PIP) install --upgrade 'pip>=25.1'; \
	$(PIP) install --editable . --group dev
	@touch $@
