"""What is said between the engine's two sides, and how the parent checks what a child says."""

from dataclasses import dataclass, field
from typing import TypeGuard

from chalicelib.domain.errors import (
    EngineError,
    NotAnEdslJobError,
    PerchError,
    UnknownServiceError,
)
from chalicelib.domain.interview import (
    Document,
    Inspection,
    InterviewRow,
    Json,
    ModelUse,
    Service,
    SliceOrder,
)
from chalicelib.survey.slicing import Position

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


def run_request(order: SliceOrder, positions: list[Position] | None = None) -> Json:
    """Return the request to run a slice. ``asdict`` would copy the whole job.

    ``positions`` are those of the interviews, where the order's job is cut to the slice.
    """
    services = [vars(service) for service in order.services]
    request: Document = {"request": "run", "order": {**vars(order), "services": services}}
    if positions is not None:
        request["positions"] = [list(vars(position).values()) for position in positions]
    return request


def order_of(message: Document) -> SliceOrder:
    """Return the order that a run request carries."""
    fields = dict(message["order"])
    services = tuple(Service(**service) for service in fields.pop("services"))
    return SliceOrder(**fields, services=services)


def positions_of(message: Document) -> list[Position] | None:
    """Return the positions that a run request carries, or None if its job is a whole one."""
    positions = message.get("positions")
    return None if positions is None else [Position(*numbers) for numbers in positions]


def error_message(error: PerchError) -> Json:
    """Return the message that ends a request badly."""
    kind = type(error).__name__
    return {"error": {"kind": kind if kind in ERRORS else "EngineError", "detail": error.detail}}


def error_of(message: Document) -> PerchError:
    """Return the error a child reports, its sentence made fit to be shown."""
    error = message["error"]
    if not isinstance(error, dict) or not isinstance(error.get("detail"), str):
        return EngineError("The survey engine failed and did not say why.")
    detail = error["detail"][:MAXIMUM_SENTENCE]
    for phrase, replacement in FORBIDDEN_PHRASES.items():
        detail = detail.replace(phrase, replacement)
    return ERRORS.get(str(error.get("kind")), EngineError)(detail)


def inspection_message(inspection: Inspection) -> Json:
    """Return the answer to an inspect request."""
    models = [[use.service, use.model] for use in inspection.models]
    return {
        "inspection": {
            "combinations": inspection.combinations,
            "questions": inspection.questions,
            "models": models,
        }
    }


def inspection_of(message: Document) -> Inspection:
    """Return the inspection a child reports; raises EngineError if it is none."""
    said = message.get("inspection")
    if not isinstance(said, dict):
        raise broken_protocol()
    combinations, questions = said.get("combinations"), said.get("questions")
    models = said.get("models")
    if not (_is_count(combinations) and _is_count(questions) and isinstance(models, list)):
        raise broken_protocol()
    uses = []
    for pair in models:
        match pair:
            case [str(service), str(model)]:
                uses.append(ModelUse(service=service, model=model))
            case _:
                raise broken_protocol()
    return Inspection(combinations=combinations, questions=questions, models=tuple(uses))


def row_message(row: InterviewRow) -> Json:
    """Return the message that carries one finished interview."""
    return {"index": row.index, "row": row.row, "exceptions": dict(row.exceptions)}


END: Document = {"end": True}


@dataclass
class RowCheck:
    """Checks the rows of one slice as they come: each index of the slice once, and nothing else."""

    start: int
    stop: int
    seen: set[int] = field(default_factory=set)

    def row_of(self, message: Document) -> InterviewRow:
        """Return the row in a message; raises EngineError if a child must not have said it."""
        index, row, exceptions = (message.get(name) for name in ("index", "row", "exceptions"))
        if not _is_count(index) or not self.start <= index < self.stop or index in self.seen:
            raise broken_protocol()
        if not isinstance(row, dict) or not _are_exceptions(exceptions):
            raise broken_protocol()
        self.seen.add(index)
        return InterviewRow(index=index, row=row, exceptions=exceptions)

    @property
    def complete(self) -> bool:
        """Tell whether every index of the slice has come."""
        return len(self.seen) == self.stop - self.start


def broken_protocol() -> EngineError:
    """Return the error for a child that says what it must not say."""
    return EngineError("The survey engine broke its protocol and was stopped.")


def _is_count(value: Json) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_exceptions(value: Json) -> TypeGuard[dict[str, list[Document]]]:
    return isinstance(value, dict) and all(
        isinstance(entries, list) and entries and all(isinstance(entry, dict) for entry in entries)
        for entries in value.values()
    )
