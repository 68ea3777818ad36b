# Every target sets up what it needs: python3, a C++ compiler and a network to PyPI are enough.
PYTHON ?= python3
EXAMPLES ?= 300
BODIES ?= 20000
PROGRAMS ?= 20000
RUNS ?= 50
VENV ?= .venv
BIN := $(VENV)/bin

CLIENTS := .venv-clients

.DEFAULT_GOAL := help
.PHONY: help run serve test test-postgresql slurm kernel-tests sanitize repeat conformance contract verdicts fuzz flat kills lint bench bench-noisy clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.run ## Run the founding multicircuit job end to end
	@$(BIN)/python examples/founding_example.py

serve: $(VENV)/.run ## Start a server on this machine
	@$(BIN)/paultrap serve

test: lint kernel-tests ## Lint, check types and layers, run every test
	@$(BIN)/python -m pytest -n auto --dist worksteal --durations=10

test-postgresql: $(VENV)/.dev ## Run the tests of whole servers, and the clients', over PostgreSQL
	@PAULTRAP_TEST_ON=postgresql $(BIN)/python -m pytest -n auto --dist worksteal --durations=10 \
		tests/acceptance tests/clients

slurm: $(VENV)/.dev ## Run jobs on a Slurm of one node that it starts, by an array and by Dask; as root
	@PYTHONPATH=tests $(BIN)/python -m slurm.run

CMAKE = $(BIN)/cmake -G Ninja -S . -DPython_EXECUTABLE=$(abspath $(BIN)/python) \
	-DCMAKE_MAKE_PROGRAM=$(abspath $(BIN)/ninja)

kernel-tests: $(VENV)/.dev ## Run the tests of the kernels' parts
	@$(CMAKE) -B build/tests -DCMAKE_BUILD_TYPE=Release >/dev/null
	@$(BIN)/cmake --build build/tests --target kernel_tests >/dev/null || $(BIN)/cmake --build build/tests --target kernel_tests
	@build/tests/kernel_tests

# The interpreter is not compiled with the sanitizers, so that their library is loaded before it, and
# that of C++ with it, whose exceptions they watch. It keeps memory to its end, which is no leak. They
# reserve more addresses than a process that reads programs may have, so that this limit is lifted.
SANITIZED := build/sanitized
sanitize: $(VENV)/.dev ## Run the tests of engine, formats and languages with AddressSanitizer and UBSan
	@$(CMAKE) -B $(SANITIZED) -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPAULTRAP_SANITIZE=ON >/dev/null
	@$(BIN)/cmake --build $(SANITIZED) --target _kernels kernel_tests
	@$(SANITIZED)/kernel_tests
	@rm -rf $(SANITIZED)/site && mkdir $(SANITIZED)/site && cp -r src/paultrap $(SANITIZED)/site
	@rm -f $(SANITIZED)/site/paultrap/_kernels*.so && cp $(SANITIZED)/_kernels*.so $(SANITIZED)/site/paultrap
	@cp tests/sanitized.py $(SANITIZED)/site/sitecustomize.py
	@rm -f $(SANITIZED)/report.*
	@LD_PRELOAD="$$($(CXX) -print-file-name=libasan.so) $$($(CXX) -print-file-name=libstdc++.so)" \
		ASAN_OPTIONS=detect_leaks=0:log_path=$(abspath $(SANITIZED))/report \
		UBSAN_OPTIONS=print_stacktrace=1:log_path=$(abspath $(SANITIZED))/report \
		PYTHONPATH=$(SANITIZED)/site $(BIN)/python -m pytest -n auto --max-worker-restart=0 \
		tests/unit/engine tests/unit/compiler tests/unit/formats tests/unit/languages \
		|| { cat $(SANITIZED)/report.* 2>/dev/null; exit 1; }
	@! cat $(SANITIZED)/report.* 2>/dev/null

repeat: $(VENV)/.dev ## Run the tests that wait or start processes again and again; RUNS=3
	@for run in $$(seq $(RUNS)); do echo "Run $$run of $(RUNS)"; \
		$(BIN)/python -m pytest -q -n auto --dist worksteal -m processes || exit 1; done

conformance: $(VENV)/.dev ## Put every client, in an environment of its own, to a server; CLIENT="cirq-ionq-1.7.0"
	@PYTHONPATH=tests $(BIN)/python tests/clients/run.py $(CLIENT)

lint: $(VENV)/.dev ## Lint, check types and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

verdicts: $(VENV)/.dev ## Many generated bodies, to a server and to paultrap.run; BODIES=20000
	@PAULTRAP_VERDICT_BODIES=$(BODIES) $(BIN)/python -m pytest -n 0 -o log_cli=true \
		--log-cli-level=INFO tests/unit/api/test_one_verdict.py

contract: $(VENV)/.dev ## Many generated requests against the documents of the API
	@PAULTRAP_CONTRACT_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -o log_cli=true \
		--log-cli-level=INFO tests/contract/test_wire_documents.py

fuzz: $(VENV)/.dev ## Many generated programs of OpenQASM 2 and 3 and QIR; PROGRAMS=1000 SEED=7
	@PAULTRAP_TEST_FUZZ_PROGRAMS=$(PROGRAMS) PAULTRAP_TEST_FUZZ_SEED=$(or $(SEED),$(shell date +%s)) \
		$(BIN)/python -m pytest -s -n 4 tests/unit/languages/test_grammars.py \
		tests/unit/languages/test_qir_grammar.py tests/acceptance/test_programs.py

flat: $(VENV)/.dev ## Many programs, by compiled code and by the parsers; PROGRAMS=20000 SEED=7
	@PAULTRAP_TEST_FLAT_PROGRAMS=$(PROGRAMS) PAULTRAP_TEST_FLAT_SEED=$(or $(SEED),$(shell date +%s)) \
		$(BIN)/python -m pytest -n 0 tests/unit/languages/test_flat.py

kills: $(VENV)/.dev ## Kill what runs over PostgreSQL under load, and look for what is lost; KILLS=300 JOBS=1000 SEED=7
	@PYTHONPATH=tests $(BIN)/python tests/proofs/kills/run.py --kills $(or $(KILLS),300) \
		--jobs $(or $(JOBS),1000) --seed $(or $(SEED),7)

bench: $(VENV)/.bench ## Measure against the peers; BENCH="--only W2 --isa avx2" passes options
	@$(BIN)/python bench/run.py $(BENCH)

bench-noisy: $(VENV)/.bench ## Measure sampled runs against the peers; BENCH="--only N11"
	@$(BIN)/python bench/noisy/run.py $(BENCH)

clean: ## Remove the environments and what was built
	rm -rf $(VENV) $(CLIENTS) build

SOURCES := pyproject.toml CMakeLists.txt $(wildcard src/kernels/*/*)

$(VENV)/.run: requirements/run.txt requirements/build.txt $(SOURCES)
	@$(PYTHON) scripts/bootstrap.py $(VENV) run
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/build.txt $(SOURCES)
	@$(PYTHON) scripts/bootstrap.py $(VENV) dev
	@touch $@ $(VENV)/.run

$(VENV)/.bench: requirements/bench.txt $(VENV)/.dev
	@$(PYTHON) scripts/bootstrap.py $(VENV) bench
	@touch $@
