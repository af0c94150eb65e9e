"""What a client release sends and what it can read back, as data.

A release here stands for itself and every later one up to the next that differs. All facts are
the client contract's (docs/client-contract.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Release:
    """The quirks of one client release."""

    name: str
    names_service_of_models: bool = True
    """False: models come without ``inference_service``, which the engine would then guess wrongly."""
    default_model: tuple[str, str] | None = None
    """(service, model) to run when the user chose none and the client sends no model."""
    statuses: dict[JobStatus, JobStatus] = field(default_factory=dict)
    """Statuses this release cannot survive, and what it is told instead."""
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
    names_entries: bool = True
    """Lines of its cache files are ``{"key": KEY, "entry": {…}}``, below a header; False: ``{KEY: {…}}``."""


# 0.1.33 and its like poll forever on a status they do not know (client contract, section 3.3).
PARTIAL_IS_COMPLETED = {JobStatus.PARTIAL_FAILED: JobStatus.COMPLETED}

RELEASES: tuple[Release, ...] = (
    Release(
        name="0.1.33",
        names_service_of_models=False,
        default_model=("openai", "gpt-4o"),
        statuses=PARTIAL_IS_COMPLETED,
        results_keys=("created_columns", "cache", "edsl_version", "edsl_class_name"),
        reads_task_history=False,
        pulls_by_address=False,
        follows_links=False,
        entry_fields=OLDEST_ENTRY_FIELDS,
        names_entries=False,
    ),
    Release(
        name="0.1.62",
        default_model=("openai", "gpt-4o"),
        # After "cancelled" it runs the job on the laptop whatever it is given; after "failed" it loads
        # results where there are any (client contract, section 3.3 and G2).
        statuses={JobStatus.CANCELLED: JobStatus.FAILED},
        results_keys=("created_columns", "cache", "edsl_version", "edsl_class_name"),
        runs_itself_after=frozenset({JobStatus.FAILED, JobStatus.CANCELLED}),
        names_entries=False,
    ),
    Release(
        name="1.0.9",
        default_model=("openai", "gpt-4o"),
        results_keys=("created_columns", "cache", "edsl_version", "edsl_class_name"),
    ),
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
    return release_of(job.release).statuses.get(status, status)
