"""Fetch results page by page, as edsl 1.0.9 does where a job has no results object yet."""

import json

from edsl.coop import Coop
from edsl.jobs.remote_inference import JobsRemoteInferenceHandler

BUILT_BY_THE_CLIENT = ("question_to_attributes", "indices", "interview_hash")
"""Parts of a row that pages do not have: the client takes them from its own survey, or leaves them out."""
EMPTY_PROMPT = {"text": "", "class_name": "Prompt"}


def send(job, iterations=1):
    """Send a job; return what the client handles it by, and what it knows of it."""
    handler = JobsRemoteInferenceHandler(job)
    return handler, handler.create_remote_inference_job(iterations=iterations)


def streamed(handler, sent):
    """Return Results made of pages.

    The client streams where the answer that tells of the end has no id of results yet: so that one is kept
    from it once.
    """
    told = []

    def fetcher(job_uuid):
        told.append(Coop().remote_inference_get(job_uuid))
        hidden = {"results_uuid": None, "results_url": None} if len(told) == 1 else {}
        return {**told[-1], **hidden}

    results, _ = handler._attempt_fetch_job(sent, fetcher, None)
    return results


def difference(pulled, rebuilt):
    """Say how Results that were streamed differ from those pulled; None if they do not."""
    if (pulled.results_uuid, pulled.job_uuid) != (rebuilt.results_uuid, rebuilt.job_uuid):
        return "not of the same job"
    theirs, ours = rows(pulled), rows(rebuilt)
    if len(theirs) != len(ours):
        return f"{len(theirs)} rows pulled, {len(ours)} streamed"
    for index, (there, here) in enumerate(zip(theirs, ours, strict=True)):
        for key in {*there, *here}:
            if there.get(key) != here.get(key):
                return f"row {index}, {key}: pulled {there.get(key)!r}, streamed {here.get(key)!r}"
    return None


def rows(results):
    return [comparable(row) for row in json.loads(json.dumps(results.to_dict()))["data"]]


def comparable(row):
    """Return a row without what the client makes of nothing, where a row has nothing."""
    raw = dict(row["raw_model_response"])
    for name in row["answer"]:
        if raw.get(f"{name}_input_price_per_million_tokens") is None:
            raw[f"{name}_cost"] = None  # the client makes 0 of it
    row = {**row, "raw_model_response": raw, "cache_used_dict": row.get("cache_used_dict", {})}
    return {
        key: without_nothing(value) if isinstance(value, dict) and key != "answer" else value
        for key, value in row.items()
        if key not in BUILT_BY_THE_CLIENT
    }


def without_nothing(part):
    return {key: value for key, value in part.items() if value not in (None, False, "NA", EMPTY_PROMPT)}
