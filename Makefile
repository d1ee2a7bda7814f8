# make run    everything on this machine, with demo data on the first start
# make test   every test; browser journeys when Chromium is there (REQUIRE_BROWSER=1: must be there)
# make check  formatting, types, templates, directions of imports, migrations, translations, deployment
# make pictures TO=folder  every page at 360 and 1280 px, to compare two commits by
# make bench  speed against a baseline in the same run
# make clean  removes what these made, except the data in var/

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
# Parts of our own that mypy reads.
ROOMS  := portal communities notices

.DEFAULT_GOAL := run
.PHONY: run test check pictures bench translations clean

run: $(VENV)/.installed
	@$(MANAGE) start

test: $(VENV)/.installed-dev translations
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.installed-dev translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(ROOMS)
	$(BIN)/djangofmt --check --quiet templates
	@# What the formatter cannot break, people do.
	! LC_ALL=C.UTF-8 grep -rnE '^.{161}' templates
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) translations --check
	@# As in production: what a deployment would be warned about fails here.
	DEMO=0 PUBLIC_BASE_URL=https://hoadong.example DATA_DIR=var/check \
		$(MANAGE) check --deploy --fail-level WARNING
	@echo "make check: all clean."

pictures: $(VENV)/.installed-dev translations
	@$(BIN)/python -m tests.pictures take $(or $(TO),var/pictures)

bench: $(VENV)/.installed-dev translations
	@$(BIN)/python tests/bench/run.py

translations:
	@$(MANAGE) translations --compile

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python cannot make virtual environments here; on Debian: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (the first time takes a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what tests and checks need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) var/test var/check var/static var/sheets .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete
