"""Messages for the function that works on large objects and whole accounts, each as its owner's.

Anybody may ask at any rate for what is being worked on, so a message is sent once in a while only. One that
was lost is sent by whoever asks after that, or by the remover.
"""

from collections.abc import Mapping

from chalicelib.domain.content.content import Content
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.object_keys import ContentKeys
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.logs.context import marked
from chalicelib.services.deps import deps
from chalicelib.storage.aws.files import MissingFileError

CHECK, RENDER, TABLE, DOWNLOAD = "check", "render", "table", "download"
DELETE_JOB, EXPORT, LEAVE = "delete job", "export", "leave"
"""What a message may ask for."""
ONCE_IN = 900
"""Seconds: the function's time limit."""


def send_check(content: Content) -> None:
    """Have the upload of an object checked that waits for it."""
    message = {"kind": CHECK, "content_id": content.content_id, "version": content.checking}
    _send(content, message, note=ContentKeys.of(content).passing(f"asked/{content.checking}"))


def send_rendering(content: Content, job: Job, release_name: str) -> None:
    """Have results of a job rendered for a release."""
    message = {"kind": RENDER, "content_id": content.content_id, "release": release_name}
    _send(content, message, note=JobKeys.of(job).passing(f"asked/{content.run}-{release_name}"))


def send_table(content: Content, job: Job) -> None:
    """Have the table of a job's results made."""
    message = {"kind": TABLE, "content_id": content.content_id}
    _send(content, message, note=JobKeys.of(job).passing(f"asked/{content.run}-table"))


def send_download(content: Content, job: Job, form: str) -> None:
    """Have a job's results made into a file to download."""
    message = {"kind": DOWNLOAD, "content_id": content.content_id, "form": str(form)}
    _send(content, message, note=JobKeys.of(job).passing(f"asked/{content.run}-{form}"))


def send_export(account_id: str, asked_at: int) -> None:
    """Have everything that an account has put into one file."""
    message = {"kind": EXPORT, "account_id": account_id, "asked_at": asked_at}
    deps().content_queue.send([marked(message)], group=account_id)


def send_departure(account_id: str) -> None:
    """Have an account deleted that has asked for it."""
    deps().content_queue.send([marked({"kind": LEAVE, "account_id": account_id})], group=account_id)


def _send(content: Content, message: Mapping[str, object], *, note: str) -> None:
    """Send a message unless one was sent a short while ago, of which a note tells: when."""
    now = deps().clock() // 1000
    try:
        sent_at = int(deps().files.read(note))
    except MissingFileError:
        sent_at = 0
    if now - sent_at >= ONCE_IN:
        deps().content_queue.send([marked(message)], group=content.account_id)
        deps().files.write(note, str(now).encode())
