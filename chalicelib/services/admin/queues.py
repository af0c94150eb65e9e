"""The queues of a stage, and the letters that they gave up."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.services.admin.accounts import emails_of
from chalicelib.services.admin.changes import told
from chalicelib.services.deps import deps
from chalicelib.services.recovery import letters
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.aws.queues import Depth, Letter, Queue

HIDDEN_SECONDS = 30
"""While something is done with a letter, nobody else is given it."""
LOOKS = 20
"""Until a letter among others is found: each look brings some of them."""
NAMES = frozenset({"job_id", "content_id"})
"""Each message of Perch's names one of these."""
GONE = "This letter is not there any more, or somebody looks at it at this moment. Look again."


@dataclass(frozen=True)
class Line:
    """A queue of Perch's, and where its messages go when they have failed ten times."""

    name: str
    called: str
    queue: Queue
    dead_letters: Queue | None
    """None: nobody reads them, they are there for an alarm."""
    end: Callable[[Document], None] | None
    """Ends what a dead letter is about."""


@dataclass(frozen=True)
class QueueFacts:
    """How a queue stands."""

    line: Line
    depth: Depth
    dead: Depth | None


@dataclass(frozen=True)
class DeadLetter:
    """A letter that a queue gave up, and what it is about."""

    message_id: str
    sent_at: int
    message: Document
    """Empty: it is none of Perch's."""
    job: Job | None
    """None: it is about none, or that has gone."""
    email: str
    """Of the account whose job it is."""


def lines() -> tuple[Line, ...]:
    """Return Perch's queues, in the order in which a job goes through them."""
    return (
        Line("jobs", "Jobs to start", deps().jobs_queue, deps().jobs_dead_letters, letters.end_job),
        Line(
            "interviews",
            "Slices to run",
            deps().interviews_queue,
            deps().interviews_dead_letters,
            letters.end_slice,
        ),
        Line(
            "finalize", "Runs to finish", deps().finalize_queue, deps().finalize_dead_letters, letters.end_run
        ),
        Line(
            "content",
            "Objects to look at",
            deps().content_queue,
            deps().content_dead_letters,
            letters.end_upload,
        ),
        Line("alerts", "Alerts to send", deps().alerts_queue, None, None),
    )


def queues() -> list[QueueFacts]:
    """Return how all queues stand."""
    return in_parallel(_facts, lines())


def dead_letters(name: str) -> tuple[Line, list[DeadLetter]]:
    """Return some letters that a queue gave up, the oldest first. Raises NotFoundError."""
    line, dead = _dead(name)
    found = sorted(dead.look(), key=lambda letter: letter.sent_at)
    return line, _told(list({letter.message_id: letter for letter in found}.values()))


def one_letter(name: str, message_id: str) -> tuple[Line, DeadLetter]:
    """Return one letter, and leave it where it is. Raises NotFoundError."""
    line, dead = _dead(name)
    letter = _taken(dead, message_id)
    dead.hold(letter.receipt, 0)
    return line, _told([letter])[0]


def try_again(admin: KeyHolder, name: str, message_id: str) -> None:
    """Put a letter back into its queue. One too many does no harm (P2). Raises NotFoundError."""
    line, dead = _dead(name)
    letter = _taken(dead, message_id)
    message = _read(letter)
    if message:
        line.queue.send([message])
    dead.remove(letter.receipt)
    told(admin, "sent a letter again", queue=name, letter=message)


def end(admin: KeyHolder, name: str, message_id: str) -> None:
    """End honestly what a letter is about, and take it away. Raises NotFoundError."""
    line, dead = _dead(name)
    letter = _taken(dead, message_id)
    message = _read(letter)
    if message and line.end is not None:
        line.end(message)
    dead.remove(letter.receipt)
    told(admin, "gave up a letter", queue=name, letter=message)


def _told(found: Sequence[Letter]) -> list[DeadLetter]:
    messages = [_read(letter) for letter in found]
    ids = {str(message["job_id"]) for message in messages if "job_id" in message}
    jobs = {job.job_id: job for job in deps().jobs.those(ids)}
    emails = emails_of({job.account_id for job in jobs.values()})
    letters_told = []
    for letter, message in zip(found, messages, strict=True):
        job = jobs.get(str(message.get("job_id")))
        email = emails.get(job.account_id, "") if job else ""
        letters_told.append(DeadLetter(letter.message_id, letter.sent_at, message, job, email))
    return letters_told


def _facts(line: Line) -> QueueFacts:
    return QueueFacts(line, line.queue.depth(), line.dead_letters.depth() if line.dead_letters else None)


def _dead(name: str) -> tuple[Line, Queue]:
    for line in lines():
        if line.name == name and line.dead_letters is not None:
            return line, line.dead_letters
    raise NotFoundError("There are no such dead letters here.")


def _taken(queue: Queue, message_id: str) -> Letter:
    """Return a letter that nobody else is given for a while; those that are not it are given back."""
    others: list[Letter] = []
    try:
        for _ in range(LOOKS):
            found = queue.look(hidden_seconds=HIDDEN_SECONDS)
            others += [letter for letter in found if letter.message_id != message_id]
            if wanted := [letter for letter in found if letter.message_id == message_id]:
                return wanted[0]
            if not found:
                break
    finally:
        for letter in others:
            queue.hold(letter.receipt, 0)
    raise NotFoundError(GONE)


def _read(letter: Letter) -> Document:
    try:
        message = json.loads(letter.body)
    except ValueError:
        return {}
    return message if isinstance(message, dict) and not NAMES.isdisjoint(message) else {}
