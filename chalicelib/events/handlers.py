"""What each function does with a message."""

from collections.abc import Callable
from typing import Any

from chalicelib.services.dispatch import dispatch
from chalicelib.services.end import give_up
from chalicelib.services.finish import finish
from chalicelib.services.run_slice import run_slice

Message = dict[str, Any]


def on_job(message: Message) -> None:
    """Plan a queued job."""
    dispatch(message["job_id"])


def on_slice(message: Message, seconds_left: Callable[[], float]) -> None:
    """Run a slice of interviews."""
    run_slice(message["job_id"], message["run"], message["start"], seconds_left)


def on_recorded_run(message: Message) -> None:
    """Finish a run that is recorded whole."""
    finish(message["job_id"], message["run"])


def on_dead_job(message: Message) -> None:
    """End a job that could not even be planned."""
    give_up(message["job_id"], "Perch could not start this job, and tried several times. Send it again.")


def on_dead_slice(message: Message) -> None:
    """End a job of which one part could not be run."""
    give_up(
        message["job_id"],
        f"The part of this job that begins at interview {message['start']} could not be run, "
        "in several tries. Send the job again, or a smaller one.",
    )


def on_dead_finish(message: Message) -> None:
    """End a job whose results could not be put together."""
    give_up(message["job_id"], "The results of this job could not be put together, in several tries.")
