"""The row of an interview of which nothing came out: who was to be asked, and no answers."""

from chalicelib.domain.interview import Document, InterviewRow

AXES = ("agent", "scenario", "model")
NOBODY: dict[str, Document] = {"agent": {"traits": {}}, "scenario": {}, "model": {}}


def lost_row(job: Document, index: int, iterations: int, problem: str) -> InterviewRow:
    """Return the row of a lost interview, so that results keep their shape and order.

    ``index`` counts as in ``SliceOrder``; ``problem`` is a sentence for a person.
    """
    places = _combination(job, index // iterations)
    names = [
        question["question_name"] for question in job["survey"]["questions"] if "question_name" in question
    ]
    exception = {
        "exception": {
            "type": "InterviewLostError",
            "module": "perch",
            "message": problem,
            "traceback": problem,
        },
        "invigilator": None,
        "additional_data": {},
    }
    row: Document = {
        **{axis: (job[f"{axis}s"] or [NOBODY[axis]])[place] for axis, place in places.items()},
        "iteration": index % iterations,
        "answer": dict.fromkeys(names),
        "prompt": {},
        "raw_model_response": {},
        "question_to_attributes": {},
        "generated_tokens": {},
        "indices": places,
    }
    return InterviewRow(index=index, row=row, exceptions={name: [exception] for name in names[:1]})


def _combination(job: Document, number: int) -> dict[str, int]:
    """Return the places of agent, scenario and model of a combination, in edsl's own order."""
    if "assignments" in job:
        assignment = job["assignments"][number]
        return {axis: int(assignment[axis]) for axis in AXES}
    places = {}
    for axis in reversed(AXES):
        number, places[axis] = divmod(number, max(1, len(job[f"{axis}s"])))
    return {axis: places[axis] for axis in AXES}
