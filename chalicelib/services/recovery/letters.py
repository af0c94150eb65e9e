"""What becomes of a message that its queue gave up: what it is about is ended, in words for its owner."""

from chalicelib.domain.json_types import Document
from chalicelib.services.content.messages import CHECK
from chalicelib.services.content.upload import give_up
from chalicelib.services.recovery.dead_letters import give_up_finish, give_up_start, lose_slice

NOT_STARTED = "Perch could not start this job, and tried several times. Send it again."
NOT_RUN = "This interview could not be run, in several tries."
NOT_JOINED = "The results of this job could not be put together, in several tries."


def end_job(message: Document) -> None:
    """End a job that could not even be planned."""
    give_up_start(message["job_id"], message["run"], NOT_STARTED)


def end_slice(message: Document) -> None:
    """Give up the interviews of a slice that could not be run."""
    lose_slice(message["job_id"], message["run"], message["start"], NOT_RUN)


def end_run(message: Document) -> None:
    """End a job whose results could not be put together."""
    give_up_finish(message["job_id"], message["run"], NOT_JOINED)


def end_upload(message: Document) -> None:
    """Refuse an upload that could not be checked; what is made of content is asked for again."""
    if message["kind"] == CHECK:
        give_up(message["content_id"], message["version"])
