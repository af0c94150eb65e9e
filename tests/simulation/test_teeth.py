"""The simulation has teeth: a product that is broken in one place is found out by some schedule."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.content.content import Content
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.runs.slice_progress import NOTHING_TOLD
from chalicelib.services import access, enqueue
from chalicelib.services.content import read
from chalicelib.services.credits import holds
from chalicelib.services.deps import deps
from chalicelib.services.jobs import payload
from chalicelib.services.reports import status
from chalicelib.services.running.lease import Lease
from chalicelib.storage.aws.transaction import Transaction
from chalicelib.storage.cache.entries import CacheStore
from chalicelib.storage.credits import CreditStore
from chalicelib.storage.jobs import JobStore
from chalicelib.storage.responses import ResponseStore
from chalicelib.storage.runs import RunStore
from tests.simulation import traffic
from tests.simulation.schedule import run_schedule

SCHEDULES = 500
Patch = pytest.MonkeyPatch
Break = Callable[[Patch], None]


class _Careless(threading.local):
    """What the running function's conditions leave out at the moment: each runs in its own thread."""

    fields: tuple[str, ...] = ()


def without_condition(
    patch: Patch, store: type[JobStore | RunStore | CreditStore], method: str, *fields: str
) -> None:
    """Let one method of a store write in any case, whatever has become of some fields.

    The field ``pk`` stands for there being no item yet.
    """
    original = getattr(store, method)
    careless = _Careless()

    def method_without(*given: Any, **more: Any) -> Any:
        careless.fields = fields
        try:
            return original(*given, **more)
        finally:
            careless.fields = ()

    def careless_about(write: Any) -> Any:
        def written(self: Transaction, table: str, item: Any, *, expected: dict[str, Any]) -> None:
            left = {name: value for name, value in expected.items() if name not in careless.fields}
            write(self, table, item, expected=left)

        return written

    careful_put = Transaction.put

    def put(self: Transaction, table: str, item: Any, *, new: bool = True) -> None:
        careful_put(self, table, item, new=new and "pk" not in careless.fields)

    patch.setattr(store, method, method_without)
    patch.setattr(Transaction, "put", put)
    patch.setattr(Transaction, "replace", careless_about(Transaction.replace))
    patch.setattr(Transaction, "delete", careless_about(Transaction.delete))


def claiming_without_condition(patch: Patch) -> None:
    without_condition(patch, RunStore, "claim", "claims", "lease_until")


def recording_what_is_anothers(patch: Patch) -> None:
    without_condition(patch, RunStore, "record", "claims", "pk")


def recording_over_anothers_counts(patch: Patch) -> None:
    without_condition(patch, RunStore, "record", "version")


def two_doors(patch: Patch) -> None:
    without_condition(patch, JobStore, "move", "status", "history_count", "pk")


def not_reading_the_journal(patch: Patch) -> None:
    patch.setattr(ResponseStore, "of", lambda *_: iter(()))


def not_writing_the_journal(patch: Patch) -> None:
    patch.setattr(ResponseStore, "keep", lambda *_, **__: None)


def halving_without_a_claim(patch: Patch) -> None:
    careful = Slice.halves

    def halves(self: Slice) -> tuple[Slice, Slice]:
        first, second = careful(self)
        return replace(first, claims=self.claims), second

    patch.setattr(Slice, "halves", halves)


def every_claim_progressing(patch: Patch) -> None:
    patch.setattr(Slice, "claimed", _claimed_as_progressed)


def _claimed_as_progressed(self: Slice, *, until: int, answers: int) -> Slice:
    return replace(self, claims=self.claims + 1, lease_until=until, fruitless=0, overruns=0, answers=answers)


def forgetting_what_was_told_of_a_slice(patch: Patch) -> None:
    careful = Slice.claimed

    def claimed(self: Slice, *, until: int, answers: int) -> Slice:
        return replace(careful(self, until=until, answers=answers), progress=NOTHING_TOLD)

    patch.setattr(Slice, "claimed", claimed)


def forgetting_what_was_told_of_what_is_left(patch: Patch) -> None:
    careful = Slice.after
    patch.setattr(Slice, "after", lambda self, index: replace(careful(self, index), progress=NOTHING_TOLD))


def telling_of_both_halves_what_was_told_of_the_whole(patch: Patch) -> None:
    careful = Slice.halves

    def halves(self: Slice) -> tuple[Slice, Slice]:
        first, second = careful(self)
        return replace(first, progress=self.progress), replace(second, progress=self.progress)

    patch.setattr(Slice, "halves", halves)


def nobody_sweeping(patch: Patch) -> None:
    patch.setattr(traffic, "sweep", lambda _: Counter[str]())


def forgetting_to_wake_the_finalizer(patch: Patch) -> None:
    patch.setattr(enqueue, "wake_finalizer", lambda *_: None)
    patch.setattr("chalicelib.services.recovery.sweep.wake_finalizer", lambda *_: None)


def forgetting_to_open_the_next(patch: Patch) -> None:
    def none(self: Run, _: int, **__: int) -> tuple[Run, tuple[Slice, ...]]:
        return self, ()

    patch.setattr("chalicelib.services.running.record.Run.open", none)


def never_renewing(patch: Patch) -> None:
    patch.setattr(Lease, "beat", lambda self: self._delivery.renew())
    patch.setattr(Lease, "check", lambda _: None)


def adding_over_anothers_entries(patch: Patch) -> None:
    careful = CacheStore._add

    def add(self: CacheStore, item: dict[str, Any], maker: str, _: int | None, at: int) -> bool:
        return careful(self, item, maker, None, at)

    patch.setattr(CacheStore, "_add", add)


def adding_nothing(patch: Patch) -> None:
    patch.setattr(CacheStore, "add_all", lambda _, __, additions, **___: [True for _ in additions])


def entering_without_condition(patch: Patch) -> None:
    without_condition(patch, CreditStore, "enter", "entries", "pk")


def forgetting_to_settle(patch: Patch) -> None:
    for module in ("finish", "fail"):
        patch.setattr(f"chalicelib.services.finishing.{module}.settle", lambda _, __, run: run)


def charging_each_time_anew(patch: Patch) -> None:
    careful = holds.settle

    def settle(_: Transaction, job: Job, run: Run) -> Run:
        transaction = Transaction()
        settled = careful(transaction, job, run)
        transaction.commit()
        return settled

    for module in ("finish", "fail"):
        patch.setattr(f"chalicelib.services.finishing.{module}.settle", settle)


def showing_strangers_jobs(patch: Patch) -> None:
    def anyones(_: Account, job_id: str) -> Job:
        job = deps().jobs.get(job_id)
        assert job is not None
        return job

    for module in (access, *_those_that_ask("owned_job")):
        patch.setattr(module, "owned_job", anyones)


def showing_strangers_results(patch: Patch) -> None:
    def anyones(_: Account, content_id: str) -> Content:
        content = deps().contents.get(content_id)
        assert content is not None
        return content

    patch.setattr(read, "readable_content", anyones)


def _those_that_ask(name: str) -> list[Any]:
    from tests.simulation import promises  # noqa: PLC0415

    return [module for module in (payload, status, promises) if hasattr(module, name)]


@pytest.mark.parametrize(
    "broken",
    [
        claiming_without_condition,
        recording_what_is_anothers,
        recording_over_anothers_counts,
        two_doors,
        not_reading_the_journal,
        not_writing_the_journal,
        halving_without_a_claim,
        forgetting_what_was_told_of_a_slice,
        forgetting_what_was_told_of_what_is_left,
        telling_of_both_halves_what_was_told_of_the_whole,
        nobody_sweeping,
        forgetting_to_wake_the_finalizer,
        forgetting_to_open_the_next,
        every_claim_progressing,
        never_renewing,
        adding_over_anothers_entries,
        adding_nothing,
        entering_without_condition,
        forgetting_to_settle,
        charging_each_time_anew,
        showing_strangers_jobs,
        showing_strangers_results,
    ],
    ids=lambda broken: broken.__name__,
)
def test_a_broken_product_is_found_out(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    assert any(fails(seed) for seed in range(SCHEDULES))


def fails(seed: int) -> bool:
    """Tell whether a schedule shows that something is wrong."""
    try:
        run_schedule(seed)
    except Exception:  # noqa: BLE001 - in whichever way
        return True
    return False
