"""The row of an interview of which nothing came out: who was to be asked, and no answers."""

from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.combinations import AXES, LISTS
from chalicelib.domain.plans.subset import Position, Subset
from chalicelib.domain.results.rows import InterviewRow

NOBODY: dict[str, Document] = {"agent": {"traits": {}}, "scenario": {}, "model": {}}


def placeholder_row(subset: Subset, position: Position, problem: str) -> InterviewRow:
    """Return the row of a lost interview, so that results keep their shape and order.

    ``position`` is one of the subset's; ``problem`` is a sentence for a person.
    """
    names = [
        question["question_name"]
        for question in subset.document["survey"]["questions"]
        if "question_name" in question
    ]
    exception = own_exception("InterviewLostError", problem)
    row: Document = {
        **{axis: _part(subset, axis, name, position) for axis, name in zip(AXES, LISTS, strict=True)},
        "iteration": position.iteration,
        "answer": dict.fromkeys(names),
        "prompt": {},
        "raw_model_response": {},
        "question_to_attributes": {},
        "generated_tokens": {},
        "indices": position.indices,
    }
    return InterviewRow(index=position.index, row=row, exceptions={name: [exception] for name in names[:1]})


def own_exception(kind: str, problem: str) -> Document:
    """Return what Perch itself has to say of an interview, as edsl's task history has exceptions."""
    return {
        "exception": {"type": kind, "module": "perch", "message": problem, "traceback": problem},
        "invigilator": None,
        "additional_data": {},
    }


def _part(subset: Subset, axis: str, name: str, position: Position) -> Document:
    if not subset.document[name]:
        return NOBODY[axis]
    place = subset.numbers[name].index(position.indices[axis])
    part: Document = subset.document[name][place]
    return part


def placeholder_rows(subset: Subset, problem: str) -> dict[int, InterviewRow]:
    """Return such rows, by index, of all interviews of a subset: they are given up."""
    return {position.index: placeholder_row(subset, position, problem) for position in subset.positions}
