"""Marks by which workers share themselves out among accounts. No trouble with them is a job's trouble."""

from collections.abc import Callable, Iterable

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.runs.turns import Place, Waiting, makes_room_for, next_in_turn
from chalicelib.logs.lines import logger_of
from chalicelib.services.delivery import lease_end
from chalicelib.services.deps import deps
from chalicelib.storage.aws.clients import trouble_of
from chalicelib.storage.aws.tables import ItemsNotWrittenError

logger = logger_of("turns")


def place_of(job: Job, item: Slice) -> Place:
    """Return the name of a slice of a job's."""
    return Place(job.account_id, item.job_id, item.run, item.start)


def note_waiting(job: Job, opened: Iterable[Slice]) -> None:
    """Note that slices wait for a worker from now on."""
    places = [place_of(job, item) for item in opened]
    _note(lambda: deps().turns.wait(places, since=deps().clock()))


def note_work(place: Place) -> int:
    """Note that a slice has a worker, for one lease from now; return until when."""
    until = lease_end()
    _note(lambda: deps().turns.work(place, until=until))
    return until


def note_rest(place: Place) -> None:
    """Note that no more calls are made for a slice."""
    _note(lambda: deps().turns.rest(place))


def forget(waiting: Iterable[Place]) -> None:
    """Note that slices wait no more."""
    places = list(waiting)
    _note(lambda: deps().turns.forget(places))


def room_wanted(account_id: str, *, since: int) -> list[Waiting]:
    """Return for which slices of others a worker makes room that works on an account's since then."""
    waiting = deps().turns.others_waiting(account_id)
    if not waiting:
        return []
    return makes_room_for(account_id, waiting, deps().turns.working(), now=deps().clock(), since=since)


def in_turn() -> list[Waiting]:
    """Return the slices that a worker with room for one should take, the best first."""
    waiting = deps().turns.waiting()
    return next_in_turn(waiting, deps().turns.working(), now=deps().clock()) if waiting else []


def _note(write: Callable[[], None]) -> None:
    try:
        trouble = trouble_of(write)
    except ItemsNotWrittenError as error:
        trouble = str(error)
    if trouble:
        logger.warning("A mark for sharing workers could not be written", trouble=trouble)
