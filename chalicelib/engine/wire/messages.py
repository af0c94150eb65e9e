"""What is said between the engine's two sides."""

from collections.abc import Mapping, Sequence

from chalicelib.domain.cache.entry import CacheEntry, NewEntry
from chalicelib.domain.errors import (
    EngineError,
    NotAnEdslJobError,
    PerchError,
    UnknownServiceError,
)
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import Triple
from chalicelib.domain.plans.subset import Position, Subset
from chalicelib.domain.prices.table import Price
from chalicelib.domain.providers.service import Credentials, ModelUse, Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import FoundEntry, Inspection, RecordedResponse, SliceOrder
from chalicelib.engine.wire.checks import broken_protocol, is_count

MAXIMUM_SENTENCE = 600
FORBIDDEN_PHRASES = {
    "The API key you provided is invalid": "The API key is not valid",
    "Authorization": "authorisation",
}
"""Phrases that clients react to by polling for a login (client contract, section 2.1)."""

ERRORS: dict[str, type[PerchError]] = {
    "NotAnEdslJobError": NotAnEdslJobError,
    "UnknownServiceError": UnknownServiceError,
    "EngineError": EngineError,
}


def inspect_request(job: Json, names: list[str]) -> Json:
    """Return the request to load a job, given the names in the operator's table."""
    return {"request": "inspect", "job": job, "services": names}


def walls_message(walls: Json) -> Json:
    """Return the first message of a jail: which walls stand around it."""
    return {"walls": walls}


def select_request(job: Json, first: Mapping[str, int]) -> Json:
    """Return the request to evaluate a job's ``include_expression`` for the rows given."""
    return {"request": "select", "job": job, "first": dict(first)}


def run_request(order: SliceOrder) -> Json:
    """Return the request to run a slice. ``asdict`` would copy all that it carries."""
    subset = order.subset
    return {
        "request": "run",
        "order": {
            **vars(order),
            "subset": {
                "document": subset.document,
                "positions": [list(vars(position).values()) for position in subset.positions],
                "numbers": dict(subset.numbers),
            },
            "services": [_fields(service) for service in order.services],
            "answers": [_told_again(answer) for answer in order.answers],
            "prices": [vars(price) for price in order.prices],
        },
    }


def call_request(services: Sequence[Service]) -> Json:
    """Return the request to make a slice's calls, with the keys of these services."""
    return {"request": "call", "services": [_fields(service) for service in services]}


def services_of(message: Document) -> tuple[Service, ...]:
    """Return the services that a call request carries."""
    return tuple(_service(fields) for fields in message["services"])


def order_of(message: Document) -> SliceOrder:
    """Return the order that a run request carries."""
    fields = dict(message["order"])
    services = tuple(_service(told) for told in fields.pop("services"))
    answers = tuple(RecordedResponse(**answer) for answer in fields.pop("answers"))
    prices = tuple(Price(**price) for price in fields.pop("prices"))
    cut = fields.pop("subset")
    subset = Subset(
        document=cut["document"],
        positions=tuple(Position(*numbers) for numbers in cut["positions"]),
        numbers={name: tuple(numbers) for name, numbers in cut["numbers"].items()},
    )
    return SliceOrder(**fields, subset=subset, services=services, answers=answers, prices=prices)


def _told_again(answer: RecordedResponse) -> Document:
    """Return an answer as it is given again: what it consumed is no affair of a job's."""
    return {**vars(answer), "consumed": None}


def _fields(service: Service) -> Document:
    return {**vars(service), "credentials": service.credentials and vars(service.credentials)}


def _service(fields: Document) -> Service:
    told = fields["credentials"]
    return Service(**{**fields, "credentials": told and Credentials(**told)})


def error_message(error: PerchError) -> Json:
    """Return the message that ends a request badly."""
    kind = type(error).__name__
    return {"error": {"kind": kind if kind in ERRORS else "EngineError", "detail": error.detail}}


def error_of(message: Document) -> PerchError:
    """Return the error a child reports, its sentence made fit to be shown."""
    error = message["error"]
    if not isinstance(error, dict) or not isinstance(error.get("detail"), str):
        return EngineError("The survey engine failed and did not say why.")
    # Halves of characters are no text: a table, a log or a page would refuse the whole of it.
    detail = error["detail"][:MAXIMUM_SENTENCE].encode(errors="replace").decode()
    for phrase, replacement in FORBIDDEN_PHRASES.items():
        detail = detail.replace(phrase, replacement)
    return ERRORS.get(str(error.get("kind")), EngineError)(detail)


def inspection_message(inspection: Inspection) -> Json:
    """Return the answer to an inspect request."""
    models = [[use.service, use.model] for use in inspection.models]
    return {"inspection": {"questions": inspection.questions, "models": models}}


def inspection_of(message: Document) -> Inspection:
    """Return the inspection a child reports; raises EngineError if it is none."""
    said = message.get("inspection")
    if not isinstance(said, dict):
        raise broken_protocol()
    questions, models = said.get("questions"), said.get("models")
    if not (is_count(questions) and isinstance(models, list)):
        raise broken_protocol()
    uses = []
    for pair in models:
        match pair:
            case [str(service), str(model)]:
                uses.append(ModelUse(service=service, model=model))
            case _:
                raise broken_protocol()
    return Inspection(questions=questions, models=tuple(uses))


def selection_message(selected: list[Triple]) -> Json:
    """Return the answer to a select request."""
    return {"selection": selected}


def selection_of(message: Document, ranges: Sequence[range]) -> list[Triple]:
    """Return the combinations a child reports, each of these rows; raises EngineError if they are none."""
    said = message.get("selection")
    if not isinstance(said, list):
        raise broken_protocol()
    selected: list[Triple] = []
    for row in said:
        if not isinstance(row, list) or len(row) != len(ranges) or not all(map(is_count, row)):
            raise broken_protocol()
        triple = (row[0], row[1], row[2])
        inside = all(number in within for number, within in zip(triple, ranges, strict=True))
        if not inside or (selected and triple <= selected[-1]):
            raise broken_protocol()
        selected.append(triple)
    return selected


def row_message(row: InterviewRow) -> Json:
    """Return the message that carries one interview, finished or cut off."""
    told = {"index": row.index, "row": row.row, "exceptions": dict(row.exceptions)}
    retrieved = {"retrieved": row.retrieved} if row.retrieved else {}
    return {**told, **retrieved, **({"cut_off": True} if row.cut_off else {})}


def stop_message(seconds: float) -> Json:
    """Return the message by which a child is to stop: nothing new, and an end in so many seconds."""
    return {"stop": seconds}


def find_message(keys: Sequence[str]) -> Json:
    """Return the message that has keys looked up in the account's cache."""
    return {"find": keys}


def found_message(keys: Sequence[str], found: Mapping[str, FoundEntry]) -> Json:
    """Return the parent's word on some keys, which the cache has or has not."""
    return {"found": {key: _told(found[key]) if key in found else None for key in keys}}


def _told(found: FoundEntry) -> Json:
    return [found.entry.fields(), found.index, found.seconds]


def found_of(message: Document) -> dict[str, FoundEntry | None]:
    """Return what the parent says of some keys."""
    return {key: said and _found(*said) for key, said in message["found"].items()}


def _found(fields: Document, index: int | None, seconds: float) -> FoundEntry:
    return FoundEntry(CacheEntry(**fields), index, seconds)


def add_message(new: NewEntry) -> Json:
    """Return the message that hands over a new entry."""
    return {"add": [new.index, new.entry.fields(), new.corrects]}


def settled_message(indices: Sequence[int]) -> Json:
    """Return the message that names an interview for each of its questions that needs no answer any more."""
    return {"settled": indices}


def end_message(left: list[int]) -> Json:
    """Return the message after all rows: the indices of the interviews that were left."""
    return {"end": left}
