# The verbs of this repository. `make run` and `make test` work on a fresh clone; nothing is installed outside .venv
# (but Chromium and a display for it, which `make test` needs, and a C compiler for `make chaos`). What they need is named in one line when it is missing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.PHONY: run setup dev check test test-file test-postgresql test-service lint audit bench chaos lock desktop chromium headless display clients proxy compiler

ARGS ?=
# Most tests wait for real processes: two cores still have time for a third. Deadlines grow with the load (tests/patience.py).
TEST_PROCESSES ?= 3
# What stays together says tests/conftest.py. In the order of the folders: those with the slow tests come first.
PYTEST = .venv/bin/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder
# What runs beside real processes is run once more when it fails, and told (tests/conftest.py); a unit test is not.
# Those who look for tests that fail at times: make test ONCE_MORE=
ONCE_MORE = --reruns 1 --rerun-exclude-path tests/unit --rerun-exclude-path tests/chaos
# Python keeps what it has compiled, whatever it was told: pytest's rewriting of the tests is half of the time that it
# takes to collect them, and the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE
PIP := .venv/bin/python -m pip --quiet --disable-pip-version-check --no-input
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-emit-index-url --custom-compile-command "make lock"

run: setup ## Start everything on this machine and open the page; options: make run ARGS="--port 9000 --no-open"
	@exec .venv/bin/python main.py $(ARGS)

setup: .venv/runtime.stamp ## Make .venv and install the pinned dependencies

dev: .venv/dev.stamp ## Install what the tests need, too: then .venv/bin/python -m pytest FILE runs one

desktop: setup ## Put Jobdeck into the menu of the desktop; out again: make desktop ARGS=--remove
	@.venv/bin/python -m app.processes.window.desktop_entry $(ARGS)

# The linters run beside the tests, and say what they have to say after them. A third process on two cores would only
# collect the tests once more: unit tests wait for little. What takes seconds, and what PostgreSQL does once more, is left
# to the whole suite.
check: TEST_PROCESSES = logical
check: .venv/dev.stamp ## What a change must pass before it is saved: format, lint, types, contracts and the quick unit tests
	@said=$$(mktemp); $(MAKE) --no-print-directory lint >"$$said" 2>&1 & linters=$$!; \
	trap 'kill $$linters 2>/dev/null || true; rm -f "$$said"' EXIT; \
	status=0; $(PYTEST) tests/unit -m "not thorough" --database sqlite $(ARGS) || status=$$?; \
	wait $$linters || status=$$?; \
	cat "$$said"; exit $$status

test: .venv/dev.stamp chromium headless display clients proxy ## The whole suite
	$(PYTEST) -m "not service" $(ONCE_MORE) $(ARGS)

test-service: .venv/dev.stamp ## The unit of docs/operating.md under a systemd of its own; needs root, and control groups that can be written
	.venv/bin/python -m pytest -m service tests/e2e $(ARGS)

test-file: .venv/dev.stamp ## The tests of one file, as of a job of yours: make test-file FILE=test_greet.py
	@[ -n "$(FILE)" ] || { echo "Say which: make test-file FILE=test_greet.py" >&2; exit 1; }
	.venv/bin/python -m pytest -q "$(FILE)" $(ARGS)

test-postgresql: .venv/dev.stamp chromium headless display clients ## Its end-to-end tests once more, with PostgreSQL in place of SQLite
	$(PYTEST) tests/e2e --database postgresql -m "not service" $(ARGS)

lint: .venv/dev.stamp ## Format, lint, types, import contracts, insecure code
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	@$(MAKE) --no-print-directory .bandit.stamp

# Bandit reads each file by itself and takes 15 s for all: it looks at those that have changed since it was content.
SECURED := app jobdeck lint main.py
.bandit.stamp: .venv/dev.stamp pyproject.toml $(shell find $(SECURED) -name '*.py' 2>/dev/null)
	.venv/bin/bandit --quiet --configfile pyproject.toml $(or $(if $(filter-out %.py,$?),--recursive $(SECURED)),$?)
	@touch $@

# A package that cannot be looked up fails it, too (--strict). Needs a package index that tells advisories. Those that stay
# are in a table of docs/security.md, each with why it does no harm: it is said, and any other one fails.
STAYING = /^\#\# Known advisories/,/^\#\# Telling/p
audit: .venv/dev.stamp ## Known advisories of every pinned package
	@.venv/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
	  $(addprefix --ignore-vuln ,$(shell sed -n '$(STAYING)' docs/security.md | grep -oE '(CVE|GHSA|PYSEC)-[0-9A-Za-z-]+')) \
	  --requirement requirements.lock --requirement requirements-dev.lock $(ARGS) || { echo >&2 \
	  "make audit: not clean. Above is each new advisory, or the first package that could not be looked up (is the service that knows them within reach?)."; exit 1; }
	@echo "These stay, and do no harm here:"; sed -n '$(STAYING)' docs/security.md | grep '^|'

bench: setup .venv-bench/stamp ## Measured beside others, on this machine; parts: make bench ARGS="--only jobdeck,dramatiq --what pickup"
	@exec .venv/bin/python -m bench.throughput $(ARGS)

chaos: .venv/dev.stamp compiler ## Kill, freeze, fill, lock and step the clock, and count what is lost; options: make chaos ARGS="--seed 1 --faults 10"
	.venv/bin/python -m tests.chaos.run $(ARGS)

lock: .venv/dev.stamp ## Refresh the pins: Python 3.11 to 3.14, Linux and macOS; hashes, no addresses
	$(LOCK) --upgrade pyproject.toml --output-file requirements.lock
	$(LOCK) --upgrade --group pyproject.toml:dev --constraint requirements.lock --output-file requirements-dev.lock

# The first python that is 3.11 or newer and has venv. .venv is made anew when its python is gone.
ifeq ($(wildcard .venv/bin/python),)
.PHONY: .venv/made.stamp
endif
.venv/made.stamp:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
	  "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || continue; \
	  "$$python" -c 'import ensurepip, venv' 2>/dev/null || { missing_venv="$$python"; continue; }; \
	  "$$python" -m venv --clear .venv && touch $@ && exit 0; \
	done; \
	if [ -n "$${missing_venv:-}" ]; then \
	  echo "$$missing_venv has no venv module. On Debian: sudo apt-get install python3-venv" >&2; \
	else \
	  echo "Python 3.11 to 3.14 is needed and was not found. On Debian: sudo apt-get install python3 python3-venv" >&2; \
	fi; exit 1

.venv/runtime.stamp: requirements.lock .venv/made.stamp
	@echo "Installing the pinned dependencies into .venv"
	@$(PIP) install --require-hashes -r requirements.lock
	@# Who may not write to this folder, as a service or a container, would else compile the code at every start: 0.6 s.
	@.venv/bin/python -m compileall -q app jobdeck main.py
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/runtime.stamp
	@echo "Installing what the tests need into .venv"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# What `make bench` compares with, apart from Jobdeck's own environment.
.venv-bench/stamp: bench/requirements.txt .venv/made.stamp
	@echo "Installing what is compared into .venv-bench"
	@.venv/bin/python -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip --quiet --disable-pip-version-check --no-input install -r bench/requirements.txt
	@touch $@

# $(call install,PACKAGES): from apt where the rights allow, else say what is missing.
define install
	install="apt-get update && apt-get install --yes --no-install-recommends $(1)"; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then bash -c "$$install"; \
	elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then sudo -n bash -c "$$install"; \
	elif command -v apt-get >/dev/null; then echo "The tests need it: sudo apt-get install $(1)" >&2; false; \
	else echo "The tests need, on the PATH: $(1)" >&2; false; fi
endef

# The browser tests need a Chromium: the one on the PATH, else from apt.
chromium:
	@for browser in chromium chromium-browser google-chrome google-chrome-stable; do \
	  command -v "$$browser" >/dev/null && exit 0; \
	done; \
	$(call install,chromium)

# Chromium without its windows: a page costs a third of the processor time. Where it cannot be had, they take the other.
headless:
	@command -v chromium-headless-shell >/dev/null || ! command -v apt-get >/dev/null || { $(call install,chromium-headless-shell); } || true

# Clients of other makers that the tests let speak with Jobdeck. Where they cannot be had, those tests are skipped, but in CI.
CLIENTS = tests/npm/node_modules/.package-lock.json
clients: $(CLIENTS)

$(CLIENTS): tests/npm/package-lock.json
	@command -v npm >/dev/null || { $(call install,nodejs npm); } || exit 0; \
	echo "Installing clients of other makers into tests/npm"; \
	npm ci --silent --prefix tests/npm && touch $@ || true

# The proxy of docs/operating.md. Where it cannot be had, its tests are skipped, but in CI.
proxy:
	@PATH="$$PATH:/usr/sbin"; command -v nginx >/dev/null || { $(call install,nginx); } || true

# What `make chaos` shows another clock with (tests/chaos/stepped_clock.c); elsewhere than on Linux it leaves that out.
compiler:
	@[ "$$(uname)" = Linux ] || exit 0; \
	cc -fsyntax-only tests/chaos/stepped_clock.c 2>/dev/null || { $(call install,gcc libc6-dev); }

# The tests of --window need a display that nobody sees, and hands at it. Where there are none they are skipped, but in CI.
display:
	@[ "$$(uname)" = Linux ] || exit 0; \
	command -v Xvfb >/dev/null && command -v xdotool >/dev/null && exit 0; \
	{ $(call install,xvfb xdotool); } || true
