"""Lead jobs through the services as the queues would."""

import json
from typing import Any

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Visibility
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.events import handlers
from chalicelib.services.access import owned_job
from chalicelib.services.content.read import get_object
from chalicelib.services.delivery import Delivery
from chalicelib.services.finishing import finish
from chalicelib.services.jobs import submit
from chalicelib.services.jobs.submit import Announcement
from chalicelib.services.planning import dispatch
from chalicelib.services.running import run_slice
from chalicelib.storage.aws.clients import secretsmanager
from tests.support.stage import Stage


def announcement(**changes: Any) -> Announcement:
    values: dict[str, Any] = {
        "release": "1.0.9",
        "description": "A survey",
        "iterations": 1,
        "visibility": Visibility.UNLISTED,
        "results_visibility": Visibility.PRIVATE,
        "fresh": False,
    }
    return Announcement(**(values | changes))


def queued(stage: Stage, document: Any, account: Caller | None = None, **changes: Any) -> Job:
    """Announce a job, put its payload there, say so."""
    owner = account or stage.account
    job, _ = submit.announce(owner, announcement(**changes))
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    stage.deps.files.write(JobKeys(owner.account_id, job.job_id).upload, data)
    return submit.uploaded(owner, job.job_id, results_description=None, interview_seconds=None)


def deliver(stage: Stage, job: Job, times: int = 1) -> Job:
    """Deliver every message, each as often as told, until no more come; return a job as it is then."""
    drain(stage, times)
    return owned_job(stage.account, job.job_id)


def drain(stage: Stage, times: int = 1) -> None:
    """Deliver every message, whosever it is."""
    settings = stage.deps.settings
    while True:
        messages = [
            (handle, message)
            for handle, queue in (
                (on_job, settings.jobs_queue),
                (on_slice, settings.interviews_queue),
                (on_finish, settings.finalize_queue),
                (on_content, settings.content_queue),
            )
            for message in stage.messages(queue)
        ]
        if not messages:
            return
        for handle, message in reversed(messages):
            for _ in range(times):
                handle(message)


def on_job(message: dict[str, Any]) -> None:
    dispatch.dispatch(message["job_id"])


def on_content(message: dict[str, Any]) -> None:
    handlers.on_content(message, delivery())


def on_slice(message: dict[str, Any]) -> None:
    run_slice.run_slice(message["job_id"], message["run"], message["start"], delivery())


def offer(stage: Stage, name: str, url: str = "http://127.0.0.1:9/v1") -> None:
    """Have the operator's table offer one service."""
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret,
        SecretString=json.dumps({name: {"url": url, "key": None}}),
    )


def delivery(seconds: float = 600.0) -> Delivery:
    """Return a delivery to a function that may work for so long."""
    return Delivery(seconds_left=lambda: seconds, hold=lambda _: None)


def on_finish(message: dict[str, Any]) -> None:
    finish.finish(message["job_id"], message["run"])


def ran(stage: Stage, document: Any, times: int = 1, **changes: Any) -> Job:
    """Lead a job from its announcement to its end."""
    return deliver(stage, queued(stage, document, **changes), times)


def titles(stage: Stage, job: Job) -> list[str]:
    return [item.title for item in stage.deps.jobs.history(job.job_id)]


def results(stage: Stage, job: Job) -> dict[str, Any]:
    assert job.results_id is not None
    answer = json.loads(get_object(stage.account, job.results_id).body or "")
    document: dict[str, Any] = json.loads(answer["json_string"])
    return document
