"""All services asked in all ways at once: a slice of which each interview is one service's and one case's."""

import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import UNLIMITED, Allowances, RecordedResponse
from chalicelib.engine.engine import Engine
from tests.support.providers import PROTOCOLS, Behaviour, FakeProvider
from tests.support.providers.exchange import Asked
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import free_text_job, order

MODEL = "fake-model"
MODELS = {"azure": f"azure:{MODEL}"}
"""What edsl calls a model of some services."""
CASE = re.compile(r"Case: (.+?)\.")
CALLS = 250

Does = Callable[[str, int], Behaviour]
"""What a provider does in a case when it is asked so often, from 1."""


@dataclass(frozen=True)
class Outcome:
    """What came of one interview."""

    row: InterviewRow
    asked: tuple[Asked, ...]
    added: tuple[str, ...]
    """What it gave to the account's cache: a provider's whole answers, as JSON."""
    kept: tuple[RecordedResponse, ...]
    """What a provider was paid for."""

    @property
    def answer(self) -> Any:
        """The row's only answer."""
        return self.row.row["answer"]["feeling"]

    @property
    def tokens(self) -> tuple[Any, Any]:
        """What the row counts as asked and as said."""
        said = self.row.row["raw_model_response"]
        return said["feeling_input_tokens"], said["feeling_output_tokens"]

    @property
    def words(self) -> str:
        """All that the row's exceptions say."""
        found = [entry["exception"]["message"] for told in self.row.exceptions.values() for entry in told]
        return "\n".join(map(str, found))


@dataclass(frozen=True)
class Outcomes:
    """What came of all, by service and case."""

    providers: dict[str, FakeProvider]
    by_case: dict[tuple[str, str], Outcome]


def key_of(service: str) -> str:
    """Return the key that the operator has for a service."""
    return f"sk-the-operators-own-for-{service}"


def run(
    engine: Engine,
    certificate: Path,
    cases: Iterable[str],
    does: Does,
    *,
    allowances: Allowances = UNLIMITED,
    **options: Any,
) -> Outcomes:
    """Ask all services."""
    with ExitStack() as stack:
        providers = {
            name: stack.enter_context(_provider(name, does, certificate if name == "bedrock" else None))
            for name in PROTOCOLS
        }
        table = tuple(Service(name, provider.url, key_of(name)) for name, provider in providers.items())
        job = free_text_job("Case: {{ scenario.case }}.")
        job["scenarios"] = [{"case": case} for case in cases]
        job["models"] = [
            {"model": MODELS.get(name, MODEL), "parameters": {}, "inference_service": name}
            for name in PROTOCOLS
        ]
        store = ListSliceStore()
        count = len(job["scenarios"]) * len(job["models"])
        asked = order(job, count, services=table, fills_cache=True, calls_in_flight=CALLS, **options)
        rows = list(engine.run(asked, store, allowances=allowances))
    outcomes = {}
    for row in rows:
        service, case = row.row["model"]["inference_service"], row.row["scenario"]["case"]
        heard = tuple(asked for asked in providers[service].asked if _case(asked) == case)
        added = tuple(new.entry.output for new in store.added if new.index == row.index)
        kept = tuple(answer for answer in store.answers if answer.index == row.index)
        outcomes[service, case] = Outcome(row, heard, added, kept)
    return Outcomes(providers, outcomes)


def _provider(service: str, does: Does, certificate: Path | None) -> FakeProvider:
    def decide(asked: Asked) -> Behaviour:
        case = _case(asked)
        return does(case, sum(_case(before) == case for before in tuple(provider.asked)))

    provider = FakeProvider(service, decide, certificate=certificate)
    return provider


def _case(asked: Asked) -> str:
    found = CASE.search(asked.prompt)
    assert found is not None, asked.prompt
    return found[1]
