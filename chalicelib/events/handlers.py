"""What each function does with a message, or when its time comes."""

import os
from collections.abc import Callable, Mapping

from chalicelib.domain.status import JobStatus
from chalicelib.events.messages import Message
from chalicelib.logs.metrics import Metric
from chalicelib.services.about import count
from chalicelib.services.alerts.send import send_alert
from chalicelib.services.content.messages import CHECK, DELETE_JOB, DOWNLOAD, EXPORT, LEAVE, RENDER, TABLE
from chalicelib.services.content.rendering import render_for
from chalicelib.services.content.upload import settle
from chalicelib.services.credits.prices import refresh_prices
from chalicelib.services.delivery import Delivery, held
from chalicelib.services.finishing.finish import finish
from chalicelib.services.leaving.archives import make_archive
from chalicelib.services.leaving.departure import finish_leaving
from chalicelib.services.leaving.jobs import delete_asked
from chalicelib.services.leaving.retention import remove_old
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.providers import refresh_models, refresh_models_if_due
from chalicelib.services.recovery import letters
from chalicelib.services.recovery.sweep import STUCK, sweep
from chalicelib.services.running.run_slice import run_slice
from chalicelib.services.tables.downloads import download_for
from chalicelib.services.tables.making import table_for
from chalicelib.services.walls import note_walls
from chalicelib.storage.job_removal import ListedJob

FUNCTION_NAME = "AWS_LAMBDA_FUNCTION_NAME"


class NotRemovedError(Exception):
    """Something is still there that was to go; it is tried again the next time."""


def on_job(message: Message, delivery: Delivery) -> None:
    """Plan a queued job."""
    with held(delivery):
        dispatch(message["job_id"])
    note_walls(os.environ.get(FUNCTION_NAME, ""))


def on_slice(message: Message, delivery: Delivery) -> None:
    """Run a slice of interviews."""
    run_slice(message["job_id"], message["run"], message["start"], delivery)
    note_walls(os.environ.get(FUNCTION_NAME, ""))


def on_recorded_run(message: Message, delivery: Delivery) -> None:
    """Finish a run that is recorded whole."""
    with held(delivery):
        finish(message["job_id"], message["run"])


def _delete_job(message: Message) -> None:
    listed = ListedJob(message["created_at"], message["job_id"], JobStatus(message["status"]))
    delete_asked(message["account_id"], listed, message["run"])


ON_CONTENT: Mapping[str, Callable[[Message], object]] = {
    CHECK: lambda said: settle(said["content_id"], said["version"]),
    RENDER: lambda said: render_for(said["content_id"], said["release"]),
    TABLE: lambda said: table_for(said["content_id"]),
    DOWNLOAD: lambda said: download_for(said["content_id"], said["form"]),
    DELETE_JOB: _delete_job,
    EXPORT: lambda said: make_archive(said["account_id"], said["asked_at"]),
    LEAVE: lambda said: finish_leaving(said["account_id"]),
}
"""What is done with each kind of message."""


def on_content(message: Message, delivery: Delivery) -> None:
    """Do what takes longer than a request may: check an upload, make files, delete a job or an account."""
    with held(delivery):
        ON_CONTENT[message["kind"]](message)


def on_alert(message: Message, delivery: Delivery) -> None:
    """Tell somebody of a job's end."""
    with held(delivery):
        send_alert(message["job_id"], message["ending"], message["channel"])


def on_dead_job(message: Message, _: Delivery) -> None:
    """End a job that could not even be planned."""
    letters.end_job(message)


def on_dead_slice(message: Message, _: Delivery) -> None:
    """Give up the interviews of a slice that could not be run."""
    letters.end_slice(message)


def on_dead_finish(message: Message, _: Delivery) -> None:
    """End a job whose results could not be put together."""
    letters.end_run(message)


def on_dead_content(message: Message, _: Delivery) -> None:
    """Refuse an upload that could not be checked; results are pulled as they were rendered first."""
    letters.end_upload(message)


def on_time_to_sweep(seconds_left: Callable[[], float]) -> None:
    """Set going what stands still, and tell the operator's alarms about it."""
    found = sweep(seconds_left)
    count({NAMES[kind]: number for kind, number in ({"open": 0} | found).items()})


def on_time_to_list(*, by_hand: bool) -> None:
    """Ask providers which models they have by now, and put the prices of these in force.

    Now where somebody wants that, else if it is due.
    """
    if by_hand:
        refresh_models()
    else:
        refresh_models_if_due()
    refresh_prices()


def on_time_to_remove(seconds_left: Callable[[], float]) -> None:
    """Delete what this stage keeps no longer, and count it for the operator.

    Raises NotRemovedError where some of it did not go, so that his alarm tells him.
    """
    removal = remove_old(seconds_left)
    count({Metric.JOBS_REMOVED: removal.jobs})
    if removal.troubles:
        raise NotRemovedError(f"{len(removal.troubles)} jobs did not go: {removal.troubles[0]}")


NAMES = {
    "open": Metric.OPEN_JOBS,
    "never uploaded": Metric.UPLOADS_EXPIRED,
    STUCK: Metric.STUCK_JOBS,
    "queued": Metric.JOBS_NOT_STARTED,
    "slices idle": Metric.RUNS_WITH_IDLE_SLICES,
    "window not filled": Metric.WINDOWS_REFILLED,
    "not finished": Metric.RUNS_NOT_FINISHED,
    "alerts due": Metric.ALERTS_WOKEN,
}
"""What the sweeper found, as CloudWatch metrics (docs/operations.md says what each means)."""
