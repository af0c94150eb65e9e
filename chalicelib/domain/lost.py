"""The row of an interview of which nothing came out: who was to be asked, and no answers."""

from chalicelib.domain.combinations import AXES, combination
from chalicelib.domain.interview import Document, InterviewRow

NOBODY: dict[str, Document] = {"agent": {"traits": {}}, "scenario": {}, "model": {}}


def lost_row(job: Document, index: int, iterations: int, problem: str) -> InterviewRow:
    """Return the row of a lost interview, so that results keep their shape and order.

    ``index`` counts as in ``SliceOrder``; ``problem`` is a sentence for a person.
    """
    places = dict(zip(AXES, combination(job, index // iterations), strict=True))
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
