# Each target works alone on a fresh clone with python3 (3.11), pip and make.
.DELETE_ON_ERROR:
.PHONY: demo desk dry-run feeds year test check ui nightly bench mutants planted coverage lock docs clean
export UV_PYTHON_DOWNLOADS := never
# A run starts many processes: what one has compiled the others need not compile again, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
# School networks often inspect TLS: trust what the machine trusts.
export UV_SYSTEM_CERTS := true
PYTHON ?= python3
BIN := .venv/bin
COVERING := $(wildcard tests/exports/test_release*.py tests/exports/test_sftp*.py) \
	tests/exports/test_folder_transport.py tests/exports/test_standing.py \
	$(wildcard tests/ledger/test_[!v]*.py) tests/faults/test_line.py tests/faults/test_full.py
READY := .venv/ready

demo: $(READY)  ## the whole trust, end to end, on loopback
	@$(BIN)/python -m simulator.demo

desk: $(READY)  ## the desk in a browser, on the demonstration
	@$(BIN)/python -m simulator.desk

dry-run: $(READY)  ## spring 2027 for the whole demo trust: prepared, checked, nothing signed, nothing sent
	@$(BIN)/python -m simulator.demo 2027-spring

feeds: $(READY)  ## every recipient of every school, prepared in one run; nothing signed, nothing sent
	@$(BIN)/python -m simulator.every_feed

# Three processes on two cores: each waits for a server or a browser about a sixth of its time; a fourth gains nothing.
test: $(READY)  ## everything that CI runs
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not nightly"

check: $(READY)  ## lint, types, imports and the tests that need no server
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not server and not nightly"

ui: $(READY)  ## Dagster's web server and daemon on the demo's own instance
	@$(BIN)/python -m simulator.ui

year: $(READY)  ## a year of every feed in simulated time: how often people must sign (about ten minutes)
	@$(BIN)/python -m simulator.year_of_feeds

nightly: $(READY)  ## the same tests with bigger numbers
	WAYBILL_NIGHTLY=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: $(READY)  ## stages against their bare equivalents, as ratios
	@$(BIN)/python -m bench

mutants: $(READY)  ## wrong versions of the rules and of the writers, and whether they are noticed (about half an hour)
	@$(BIN)/python -m tests.mutation.renderers
	@$(BIN)/python -m tests.mutation
	@$(BIN)/python -m tests.mutation.sending

coverage: $(READY)  ## branch coverage of gate, state machine, ledger append and transports
	$(BIN)/coverage run -m pytest -q -m "not nightly" $(COVERING)
	$(BIN)/coverage report

planted: $(READY)  ## bugs planted in the send path, and which test notices each (about ten minutes)
	@$(BIN)/python -m tests.planted

docs: $(READY)  ## write the generated pages again
	$(BIN)/python -m pipelines.generated_docs

$(READY): requirements/uv.lock requirements/dev.lock pyproject.toml
	@echo "Installing into .venv (once; about half a minute on a fast line)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@date +%s > .venv/began
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.lock requirements/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@echo $$(( $$(date +%s) - $$(cat .venv/began) )) > $@

lock: $(READY)  ## resolve the dependencies again; the files name no index
	cd requirements && ../$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header uv.in -o uv.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --group dev pyproject.toml -o requirements/dev.lock

clean:  ## forget the state of the demo and the dry runs
	rm -rf .waybill .waybill-*
