"""What must hold in every world (docs/architecture.md, the promises)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.history import HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import INSUFFICIENT_FUNDS, Job
from chalicelib.domain.results.rows import InterviewRow, read_rows
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import JobStatus, ending
from chalicelib.services.access import owned_job
from chalicelib.services.content.read import get_object, pull_address
from chalicelib.services.deps import deps
from chalicelib.services.jobs import payload
from chalicelib.services.recovery.sweep import NEVER_CAME
from chalicelib.services.reports import status
from chalicelib.services.running.run_slice import GIVE_UP_AFTER
from chalicelib.storage.aws.items import from_item
from tests.simulation import money
from tests.simulation.traffic import Client, Traffic
from tests.support.fakes.aws.items import Item
from tests.support.fakes.aws.tables import Key, Table

BEGINNING = [HistoryKind.QUEUED, HistoryKind.STARTED]
HISTORY = re.compile(r"history#\d{6}")
ENDS = {HistoryKind.COMPLETED, HistoryKind.PARTIALLY_FAILED, HistoryKind.FAILED, HistoryKind.CANCELLED}
AROUND_A_RUN = 3
"""Writes of a run's item for its beginning, its closing and its end; a sweep may refill its window."""
ENDING_LETTERS = {"JobsDeadLetters", "FinalizeDeadLetters"}
TOKENS = {"input": 10, "output": 5}
"""What one of the fake engine's answers costs."""


class Promises:
    """The promises, asked of one world. Tables are looked into without requests."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._world = traffic.world
        self._engine = traffic.world.engine

    def always(self) -> None:
        """Check what must hold at every moment."""
        assert not self._world.surprises, self._world.surprises
        self._traffic.counts.look()
        for job in self._jobs():
            self._one_door(job)
        money.adds_up(self._table("credits_table"))

    def at_rest(self) -> None:
        """Check what must hold when nothing is left to happen."""
        self.always()
        for job in self._jobs():
            assert job.status is not None, f"{job.job_id} was never ended (P8)"
            assert job.status.terminal, f"{job.job_id} is still {job.status} (P8)"
            assert (job.reason is None) is (job.status is JobStatus.COMPLETED), "an end without a reason (P8)"
        for client in self._traffic.clients:
            self._ended_well(client)
        money.is_settled(self._table("credits_table"), self._jobs())
        self._paid_once()
        self._added_once()
        self._bounded()

    def _table(self, name: str) -> Table:
        return self._world.stage.aws.table(getattr(deps().settings, name))

    def _items(self, prefix: str) -> Iterator[tuple[Key, Item]]:
        for pk, partition in self._table("jobs_table").partitions.items():
            for sk in partition.order:
                if sk.startswith(prefix):
                    yield (pk, sk), partition.items[sk]

    def _jobs(self) -> list[Job]:
        return [from_item(Job, item) for (_, sort), item in self._items("job") if sort == "job"]

    def _history(self, job: Job) -> list[HistoryItem]:
        partition = self._table("jobs_table").partitions[f"job#{job.job_id}"]
        keys = [key for key in partition.order if HISTORY.fullmatch(key)]
        assert keys == [f"history#{number:06d}" for number in range(job.history_count)], "P1"
        return [from_item(HistoryItem, partition.items[key]) for key in keys]

    def _one_door(self, job: Job) -> None:
        kinds = [item.kind for item in self._history(job)]
        ended = job.status is not None and job.status.terminal
        for kind, after in pairwise(kinds):
            assert kind not in ENDS or after is HistoryKind.QUEUED, kinds  # it was retried
        assert bool(kinds and kinds[-1] in ENDS) is ended, kinds
        marked = any(pk.startswith("open#") for (pk, _), _ in self._items(job.job_id))
        assert marked is not ended, "only open jobs have a mark"

    def _ended_well(self, client: Client) -> None:
        assert client.job is not None
        job = owned_job(client.account, client.job.job_id)
        kinds = [item.kind for item in self._history(job)]
        if client.planned.broken and not client.meddles:
            assert kinds == [HistoryKind.QUEUED, HistoryKind.FAILED]
            return
        if self._given_up(job) or self._came_too_late(client, job):
            return
        if client.meddles or job.cause == INSUFFICIENT_FUNDS:
            self._ended_somehow(job, broken=client.planned.broken)
            return
        run = deps().runs.get(job.job_id, job.run)
        assert run is not None
        told = (run.cache.retrieved > 0) + (run.cache.added > 0)
        assert kinds[:-1] == [*BEGINNING, *[HistoryKind.CACHE] * told]
        rows = list(read_rows(deps().files.lines(JobKeys.of(job).rows(run.number))))
        assert [row.index for row in rows] == list(range(len(client.planned.places))), "P2"
        assert run.recorded == run.total == len(rows), "P2"
        self._every_row_is_right(rows)
        assert run.good == sum(row.good for row in rows), "P2"
        assert job.status is ending(total=run.total, good=run.good, valid=run.answers.valid)
        self._counted_once(run, client, rows)
        self._results_are(client, job)
        self._nobody_elses(client, job)

    def _ended_somehow(self, job: Job, *, broken: bool) -> None:
        """Check a job that was cancelled, retried, or whose account's credits ran out on the way."""
        if not job.run:
            assert job.cause == INSUFFICIENT_FUNDS or broken or job.status is JobStatus.CANCELLED
            return
        run = deps().runs.get(job.job_id, job.run)
        assert run is not None
        slices = list(deps().runs.recorded_slices(run.job_id, run.number))
        assert run.recorded == sum(item.rows for item in slices), "P2"
        if run.short:
            assert run.recorded == run.opened < run.total, "P4: what was begun is finished"
        if job.results_id is None or run.end is None or run.end.results_id is None:
            return
        rows = list(read_rows(deps().files.lines(JobKeys.of(job).rows(run.number))))
        indices = [row.index for row in rows]
        assert indices == sorted(set(indices)), "P2: each interview once, in order"
        assert len(rows) == run.end.standing.recorded

    def _given_up(self, job: Job) -> bool:
        """Tell whether a dead letter has ended the job: only after many misfortunes."""
        return job.status is JobStatus.FAILED and any(
            name in ENDING_LETTERS and json.loads(message["Body"])["job_id"] == job.job_id
            for name, message in self._traffic.delivered
        )

    def _came_too_late(self, client: Client, job: Job) -> bool:
        """Tell whether the client took longer to send its job than Perch waits."""
        patience = 2 * deps().settings.signed_url_seconds * 1000
        assert client.told_at is not None
        return job.reason == NEVER_CAME and client.told_at >= job.created_at + patience

    def _every_row_is_right(self, rows: list[InterviewRow]) -> None:
        lost = {row.index for row in rows if is_lost(row)}
        hopeless = self._engine.slow | self._engine.kills
        assert hopeless & {row.index for row in rows} <= lost
        if self._world.failed_slices < GIVE_UP_AFTER:
            assert lost <= hopeless, "an interview was given up without need"
        for row in rows:
            assert row.good is (row.index not in lost | self._engine.failing)

    def _counted_once(self, run: Run, client: Client, rows: list[InterviewRow]) -> None:
        answered = client.planned.questions * sum(not is_lost(row) for row in rows)
        cached = sum(sum(row.row["cache_used_dict"].values()) for row in rows if not is_lost(row))
        assert (run.cache.prompts, run.cache.cached) == (answered, cached), "P2: its use is counted once"
        assert run.cache.retrieved <= cached
        refused = sum(self._engine.refusing.get(row.index, 0) for row in rows if not is_lost(row))
        least = answered - cached + refused
        most = least if answered == client.planned.questions * len(rows) else self._asked(run.job_id)
        for token_type, each in TOKENS.items():
            saved = sum(usage.tokens for usage in run.cache.saved if usage.token_type == token_type)
            assert saved == cached * each, "P2: usage is counted once"
            paid = sum(usage.tokens for usage in run.usages if usage.token_type == token_type)
            assert least * each <= paid <= most * each, "P4: each response is paid for once"
        self._cached_for_next_time(client, rows)
        slices = list(deps().runs.recorded_slices(run.job_id, run.number))
        edges = [0, *(edge for item in slices for edge in (item.start, item.stop)), run.total]
        assert all(left == right for left, right in list(pairwise(edges))[::2]), "P2: slices lie side by side"
        assert not list(deps().runs.open_slices(run.job_id, run.number))
        assert sum(kind.count for kind in run.exceptions) == run.with_exceptions

    def _asked(self, job_id: str) -> int:
        """Return what was asked for a job: of an interview that was lost some answers may have been kept."""
        return sum(times for (job, *_), times in self._engine.bill.asked.items() if job == job_id)

    def _cached_for_next_time(self, client: Client, rows: list[InterviewRow]) -> None:
        entries = self._entries(client.account)
        for row in rows:
            assert not row.good or set(row.row["cache_keys"].values()) <= entries, "nobody pays twice"

    def _entries(self, account: Account) -> set[str]:
        """Return the keys of the entries in an account's cache."""
        table = self._table("cache_table")
        return {
            key
            for name, partition in table.partitions.items()
            if name.startswith(f"entry#{account.account_id}#")
            for key in partition.order
        }

    def _results_are(self, client: Client, job: Job) -> None:
        assert job.results_id is not None
        data = self._results(client, job)["data"]
        assert [
            (row["agent"]["traits"]["number"], row["scenario"]["topic"], row["iteration"]) for row in data
        ] == list(client.planned.places)

    def _results(self, client: Client, job: Job) -> Mapping[str, Any]:
        said = json.loads(get_object(client.account, job.results_id or "").body or "")
        document: Mapping[str, Any] = json.loads(said["json_string"])
        return document

    def _nobody_elses(self, client: Client, job: Job) -> None:
        stage = self._world.stage
        other = stage.stranger if client.account == stage.account else stage.account
        for ask in (
            lambda: owned_job(other, job.job_id),
            lambda: status.history(other, job.job_id),
            lambda: get_object(other, job.results_id or ""),
            lambda: pull_address(other, job.results_id or ""),
            lambda: payload.job_address(other, job.job_id),
        ):
            try:
                ask()
            except NotFoundError:
                continue
            raise AssertionError("P7: a stranger was answered")

    @property
    def _meddled(self) -> set[str]:
        return {client.job.job_id for client in self._traffic.clients if client.meddles and client.job}

    def _paid_once(self) -> None:
        bill = self._engine.bill
        for question, times in bill.asked.items():
            if question[0] in self._meddled:  # a retry asks again what was answered to interviews that failed
                continue
            assert times <= 1 + bill.excused[question], f"P3: {question} was paid for {times} times"

    def _added_once(self) -> None:
        for account in (self._world.stage.account, self._world.stage.stranger):
            jobs = [job for job in self._jobs() if job.account_id == account.account_id]
            runs = [deps().runs.get(job.job_id, job.run) for job in jobs]
            added = sum(run.cache.added for run in runs if run is not None)
            if not any(job.fresh or job.job_id in self._meddled for job in jobs):
                # Fewer where a worker died over an interview that was then given up.
                assert added <= len(self._entries(account)), "P2: an entry is counted once"

    def _bounded(self) -> None:
        table = self._table("jobs_table")
        for key, item in ((key, item) for key, item in self._items("job") if key[1] == "job"):
            story = (other for place, other in self._items("history#") if place[0] == key[0])
            used = sum(map(is_told_besides, story))
            assert table.writes[key] == 1 + item["history_count"] - used, "P6"
        for prefix in ("history#", "run#"):
            for key, _ in self._items(prefix):
                if "#slice#" in key[1] or prefix == "history#":
                    assert table.writes[key] == 1, f"P6: {key}"
        for key, item in self._items("run#"):
            if "version" in item:
                slices = sum(other[0] == key[0] and "#slice#" in other[1] for other, _ in self._items(key[1]))
                assert table.writes[key] <= AROUND_A_RUN + slices + self._traffic.sweeps, f"P6: {key}"
        answers = self._table("answers_table")
        for (_, sort), times in answers.writes.items():
            index, digest, number = sort.split("#")
            question = (int(index), digest, int(number))
            asked = sum(n for (_, *other), n in self._engine.bill.asked.items() if tuple(other) == question)
            assert times <= asked, f"P6: {sort}"


def is_told_besides(item: Item) -> bool:
    """Tell whether a history item stands beside another one, which is that of the change."""
    if item["kind"] == HistoryKind.CACHE:
        return True
    failed = item["kind"] == HistoryKind.FAILED
    return failed and str(item["sentence"]).startswith("Insufficient funds. ")


def is_lost(row: InterviewRow) -> bool:
    """Tell whether an interview was given up."""
    return any(
        entry["exception"]["type"] == "InterviewLostError"
        for found in row.exceptions.values()
        for entry in found
    )
