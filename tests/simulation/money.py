"""What must hold of every account's money, at every moment and in the end (P4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.credits.money import units
from chalicelib.domain.credits.month import SpentMonth
from chalicelib.domain.credits.spending import SPENDING, month_of
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.services.deps import deps
from chalicelib.storage.aws.items import from_item
from tests.support.fakes.aws.tables import Table

FOR_RUNS = frozenset({EntryKind.HOLD, EntryKind.RELEASE, EntryKind.CHARGE})


def adds_up(table: Table) -> None:
    """Check that each balance is the sum of its entries, and that nothing is given that is not there."""
    for account_id, partition in table.partitions.items():
        if "balance" not in partition.items:
            continue
        balance = from_item(Balance, partition.items["balance"])
        entries = _entries(table, account_id)
        assert [entry.number for entry in entries] == list(range(1, balance.entries + 1)), "P4: no gaps"
        assert sum(entry.amount for entry in entries) == balance.total, "P4: the sum of its entries"
        assert sum(entry.held for entry in entries) == balance.held >= 0, "P4"
        assert balance.available >= 0, "P4: never below zero"
        for entry in entries:
            key = (account_id, f"entry#{entry.number:012d}")
            assert table.writes[key] == 1, "P4: entries never change"
        months_add_up(table, account_id, entries)


def months_add_up(table: Table, account_id: str, entries: list[Entry]) -> None:
    """Check that what is counted of each month is what its charges and payments come to."""
    partition = table.partitions[account_id]
    months = [
        from_item(SpentMonth, partition.items[key]) for key in partition.order if key.startswith("month#")
    ]
    spent: Counter[str] = Counter()
    for entry in entries:
        if entry.kind in SPENDING and entry.amount < 0:
            spent[month_of(entry.at)] -= entry.amount
    assert {month.month: month.spent for month in months} == spent, "P4: months are their entries' sums"
    assert all(month.other >= 0 for month in months), "P4: models cost no more than the month"


def is_settled(table: Table, jobs: list[Job]) -> None:
    """Check that each run was charged once for what it used, as far as it was held, and nothing is held."""
    entries = [entry for account_id in table.partitions for entry in _entries(table, account_id)]
    for run in _runs(jobs):
        own = [entry for entry in entries if (entry.job_id, entry.run) == (run.job_id, run.number)]
        charges = [entry for entry in own if entry.kind is EntryKind.CHARGE]
        assert sum(entry.held for entry in own) == 0, "P4: what was held is settled"
        assert len(charges) <= 1, "P2: a run is charged once"
        assert run.funding is not None
        charged, borne = run.funding.charged, sum(entry.borne for entry in charges)
        assert charged == -sum(entry.amount for entry in charges), "P4"
        assert run.funding.held == 0
        if run.end is not None:
            assert charged + borne == units(run.house_usages), "P4: what it used, and nothing else"
    on_models = sum(
        sum(from_item(SpentMonth, partition.items[key]).models.values())
        for partition in table.partitions.values()
        for key in partition.order
        if key.startswith("month#")
    )
    charges = [entry for entry in entries if entry.kind is EntryKind.CHARGE]
    assert on_models == -sum(entry.amount for entry in charges), "P4: each charge is some models'"
    known = {(run.job_id, run.number) for run in _runs(jobs)}
    assert all((entry.job_id, entry.run) in known for entry in entries if entry.kind in FOR_RUNS)


def _runs(jobs: list[Job]) -> Iterator[Run]:
    for job in jobs:
        for number in range(1, job.run + 1):
            run = deps().runs.get(job.job_id, number)
            assert run is not None
            yield run


def _entries(table: Table, account_id: str) -> list[Entry]:
    partition = table.partitions[account_id]
    return [from_item(Entry, partition.items[key]) for key in partition.order if key.startswith("entry#")]
