"""Which combinations of a job's rows an expression of its own keeps."""

import sys
from itertools import product

from edsl.inference_services.inference_service_registry import InferenceServiceRegistry
from edsl.jobs.interview_tuple_filter import InterviewTupleFilter

from chalicelib.domain.errors import NotAnEdslJobError
from chalicelib.domain.json_types import Json
from chalicelib.domain.plans.combinations import LISTS, Triple
from chalicelib.engine.edsl import loading, seams


def select(document: Json, first: dict[str, int]) -> list[Triple]:
    """Return the combinations of some rows of a job that its ``include_expression`` keeps, in order.

    ``first`` says which row of the whole job's list the first one given is; the expression's
    ``_index`` and the triples returned count in the whole job. Raises NotAnEdslJobError.
    """
    # No model is called here; which services the job may use has been looked at before.
    seams.ADMISSION.open_for(InferenceServiceRegistry._default_service_module_map)
    numbers = {name: range(first[name], sys.maxsize) for name in LISTS}
    job = loading.load(loading.checked(document, numbers), numbers)
    job.replace_missing_objects()
    rows = [list(enumerate(getattr(job, name), start=first[name])) for name in LISTS]
    expression = document.get("include_expression")
    if not isinstance(expression, str):
        raise NotAnEdslJobError("The job's include expression is not a text.")
    try:
        kept = InterviewTupleFilter(*[getattr(job, name) for name in LISTS], expression)
        return [
            (a, s, m)
            for (a, agent), (s, scenario), (m, model) in product(*rows)
            if _keeps(kept, {id(agent): a, id(scenario): s, id(model): m}, (agent, scenario, model))
        ]
    except Exception as error:  # an expression is a stranger's program and raises anything
        reason = loading.reason_of(error)
        raise NotAnEdslJobError(f"The job's include expression cannot be evaluated: {reason}") from error


def _keeps(kept: InterviewTupleFilter, places: dict[int, int], combination: tuple[Json, Json, Json]) -> bool:
    kept._env.positions = places
    return bool(kept._evaluate_expression(*combination))
