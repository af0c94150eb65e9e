"""What a client release sends and what it can read back, as data.

A release here stands for itself and every later one up to the next that differs. All facts are
the client contract's (docs/client-contract.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.status import JobStatus

OLDEST_ENTRY_FIELDS = (
    "model",
    "parameters",
    "system_prompt",
    "user_prompt",
    "output",
    "iteration",
    "timestamp",
)
ENTRY_FIELDS = (*OLDEST_ENTRY_FIELDS, "service", "validated")
WHOLE_RESULTS = ("created_columns", "cache", "edsl_version", "edsl_class_name")


@dataclass(frozen=True)
class Release:
    """The quirks of one client release."""

    name: str
    names_service_of_models: bool = True
    """False: models come without ``inference_service``, which the engine would then guess wrongly."""
    default_model: tuple[str, str] | None = None
    """(service, model) to run when the user chose none and the client sends no model."""
    sends_nothing_without: tuple[str, str] | None = None
    """(service, model) that it must find listed before it sends a job of any other."""
    statuses: dict[JobStatus, JobStatus] = field(default_factory=dict)
    """Statuses this release cannot survive, and what it is told instead."""
    statuses_without_results: dict[JobStatus, JobStatus] = field(default_factory=dict)
    """The same where there are no results, and the release tells its user no reason otherwise."""
    refusal: str | None = None
    """Why its jobs are refused at the door: nothing that a server answers keeps it from going wrong."""
    results_keys: tuple[str, ...] = ()
    """Top-level keys of the results it loads, beside ``data`` and ``survey``."""
    reads_task_history: bool = True
    pulls_by_address: bool = True
    """It asks for a signed address of an object; False: for the object itself, which others seldom do."""
    follows_links: bool = True
    """Where an object's JSON is ``load_from:ADDRESS`` it reads that (client contract, section 2.3)."""
    runs_itself_after: frozenset[JobStatus] = frozenset()
    """Statuses after which it runs the whole job on the laptop unless it is given results to load."""
    entry_fields: tuple[str, ...] = ENTRY_FIELDS
    """Fields of cache entries that it loads; on any other it fails (client contract, section 8)."""
    once_rendered_as: str | None = None
    """Its results may lie under this release's name: an earlier Perch told fewer apart."""
    names_entries: bool = True
    """Lines of its cache files are ``{"key": KEY, "entry": {…}}``, below a header; False: ``{KEY: {…}}``."""


# Up to 0.1.49 they poll forever on a status that they do not know (client contract, section 3.3).
PARTIAL_IS_COMPLETED = {JobStatus.PARTIAL_FAILED: JobStatus.COMPLETED}
# After "cancelled" they run the job on the laptop whatever they are given; after "failed" they load results
# where there are any (client contract, section 3.3 and G2).
CANCELLED_IS_FAILED = {JobStatus.CANCELLED: JobStatus.FAILED}
THROWS_RESULTS_AWAY = (
    "edsl 0.1.39, 0.1.40 and 0.1.41 throw the results of a remote job away and then run the whole job on "
    "your own machine. No server can help that, so the job was not started. Use edsl 0.1.42 or later "
    "(pip install --upgrade edsl), or 0.1.38, or run it locally with run(disable_remote_inference=True)."
)

_OLDEST = Release(
    name="0.1.33",
    names_service_of_models=False,
    default_model=("openai", "gpt-4o"),
    statuses=PARTIAL_IS_COMPLETED,
    results_keys=WHOLE_RESULTS,
    reads_task_history=False,
    pulls_by_address=False,
    follows_links=False,
    entry_fields=OLDEST_ENTRY_FIELDS,
    names_entries=False,
)
_LOOKING_ITS_DEFAULT_UP = replace(
    _OLDEST, name="0.1.37", once_rendered_as="0.1.33", sends_nothing_without=("openai", "gpt-4o")
)
_THROWING_AWAY = replace(_OLDEST, name="0.1.39", once_rendered_as="0.1.33", refusal=THROWS_RESULTS_AWAY)
_RUNNING_ITSELF = replace(
    _OLDEST,
    name="0.1.42",
    once_rendered_as="0.1.33",
    names_service_of_models=True,
    statuses=PARTIAL_IS_COMPLETED | CANCELLED_IS_FAILED,
    runs_itself_after=frozenset({JobStatus.FAILED, JobStatus.CANCELLED}),
)
_FOLLOWING_LINKS = replace(
    _RUNNING_ITSELF,
    name="0.1.47",
    follows_links=True,
    entry_fields=(*OLDEST_ENTRY_FIELDS, "service"),
)
_KNOWING_PARTIAL = replace(_FOLLOWING_LINKS, name="0.1.50", statuses=CANCELLED_IS_FAILED)
_READING_HISTORY = replace(
    _KNOWING_PARTIAL, name="0.1.55", reads_task_history=True, entry_fields=ENTRY_FIELDS
)
_PULLING = replace(_READING_HISTORY, name="0.1.61", pulls_by_address=True)
_TELLING_REASONS = replace(
    _PULLING,
    name="1.0.7",
    once_rendered_as="0.1.62",
    statuses={},
    # It reads a reason only of a job that has failed.
    statuses_without_results=CANCELLED_IS_FAILED,
    runs_itself_after=frozenset(),
    names_entries=True,
)

RELEASES: tuple[Release, ...] = (
    _OLDEST,
    _LOOKING_ITS_DEFAULT_UP,
    _THROWING_AWAY,
    _RUNNING_ITSELF,
    _FOLLOWING_LINKS,
    _KNOWING_PARTIAL,
    _READING_HISTORY,
    _PULLING,
    replace(_PULLING, name="0.1.62", once_rendered_as=None),
    _TELLING_REASONS,
    replace(_TELLING_REASONS, name="1.0.9", once_rendered_as=None),
)


def version_numbers(version: str) -> tuple[int, ...]:
    """Read ``0.1.33.dev2`` as ``(0, 1, 33)``; what is not a number ends the reading."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


class Named(Protocol):
    """What stands for a release and every later one up to the next of its kind."""

    @property
    def name(self) -> str:
        """Return the release's version."""
        ...


Found = TypeVar("Found", bound=Named)


def newest_not_newer(known: Sequence[Found], version: str) -> Found:
    """Return of what is known, oldest first, the newest that is not newer than a client's version.

    Older than all is treated as the oldest, unreadable as the newest.
    """
    numbers = version_numbers(version)
    if not numbers:
        return known[-1]
    earlier = [one for one in known if version_numbers(one.name) <= numbers]
    return earlier[-1] if earlier else known[0]


def release_of(version: str) -> Release:
    """Return the release that a client's version is treated as."""
    return newest_not_newer(RELEASES, version)


def told_status(job: Job) -> JobStatus:
    """Return the status in the words that the job's own client release can survive."""
    status = job.status or JobStatus.QUEUED
    release = release_of(job.release)
    if job.results_id is None:
        status = release.statuses_without_results.get(status, status)
    return release.statuses.get(status, status)
