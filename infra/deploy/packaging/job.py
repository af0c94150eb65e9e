"""The smallest job that does everything: one interview of one question, answered by edsl's test model."""

import json
import urllib.request
from typing import Any

from infra.deploy.packaging.stage import PackagedStage

QUESTION = "opinion"
VERSION = "1.0.9"


def small_job() -> dict[str, Any]:
    """Return the job as a client sends it."""
    rule = {
        "current_q": 0,
        "expression": "True",
        "next_q": 1,
        "priority": -1,
        "before_rule": False,
        "question_name_to_index": {QUESTION: 0},
    }
    return {
        "survey": {
            "questions": [
                {
                    "question_name": QUESTION,
                    "question_text": "What do you think?",
                    "question_type": "free_text",
                }
            ],
            "memory_plan": {
                "survey_question_names": [QUESTION],
                "survey_question_texts": ["What do you think?"],
                "data": {},
            },
            "rule_collection": {"rules": [rule], "num_questions": 1},
            "question_groups": {},
        },
        "agents": [{"traits": {}}],
        "models": [{"model": "test", "parameters": {}, "inference_service": "test"}],
        "scenarios": [{}],
    }


def send(stage: PackagedStage, key: str, job: dict[str, Any] | None = None) -> str:
    """Announce a job, upload it, say so; return its id."""
    announced = {"json_string": "offloaded", "iterations": 1, "version": VERSION, "status": "queued"}
    made = stage.ask("POST", "/api/v0/new-remote-inference", key=key, body=announced).json()
    upload = urllib.request.Request(
        made["upload_signed_url"],
        data=json.dumps(job or small_job()).encode(),
        headers={"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(upload, timeout=20):
        pass
    said = {"job_uuid": made["job_uuid"], "message": "uploaded"}
    stage.ask("POST", "/api/v0/new-remote-inference/uploaded", key=key, body=said)
    return str(made["job_uuid"])
