"""The bill of the counts that stand in the repository."""

from dataclasses import replace

import pytest

from infra.bench.meters import prices
from infra.bill import __main__ as command
from infra.bill.bill import bill_of
from infra.bill.counted import read_counted, write_counted
from infra.bill.entry import entry_units, sample
from infra.bill.fit import fitted
from infra.bill.planned import Asked, slices_of
from infra.bill.standing import standing
from infra.local.stage import read_stage
from infra.repository import ROOT

GOAL = 0.004
THE_JOB = Asked(interviews=1000, questions=3, seconds_per_call=2.0, entry_bytes=1500)


def bill(asked):
    jobs = [job for job in read_counted().jobs if job.cached == asked.cached]
    return bill_of(asked, fitted(jobs), read_stage(ROOT / ".chalice" / "config.json"))


def test_a_thousand_interviews_cost_less_than_was_wanted():
    made = bill(THE_JOB)
    assert made.units_an_entry == 1
    assert sum(made.floor.values()) < made.total < GOAL
    assert made.waited.held_seconds > 0


def test_each_valid_answer_was_counted_as_one_write():
    for job in read_counted().jobs:
        kept = "cache" if job.cached else "answers"
        assert job.counts["worker"][f"write_units of perch-local-{kept}"] == job.calls
    written = bill(THE_JOB).dollars["DynamoDB: writes, cache"] / prices.WRITE_UNITS
    assert written == pytest.approx(THE_JOB.calls, rel=0.01)


def test_without_the_cache_answers_are_kept_in_the_run_and_nothing_is_looked_up():
    parts = bill(replace(THE_JOB, cached=False)).dollars
    assert parts["DynamoDB: writes, answers"] == pytest.approx(THE_JOB.calls * prices.WRITE_UNITS, rel=0.01)
    assert "DynamoDB: reads, cache" not in parts


@pytest.mark.parametrize(
    "dearer",
    [
        replace(THE_JOB, interviews=2000),
        replace(THE_JOB, questions=4),
        replace(THE_JOB, seconds_per_call=4.0),
        replace(THE_JOB, entry_bytes=5000),
    ],
)
def test_more_of_anything_costs_more(dearer):
    assert bill(dearer).total > bill(THE_JOB).total


def test_entries_are_packed_as_the_product_packs_them():
    assert [entry_units(size) for size in (600, 1500)] == [1, 1]
    assert entry_units(1_000_000) > entry_units(5000) > 1
    assert len(str(sample(1500).fields())) == pytest.approx(1500, rel=0.1)


def test_jobs_are_cut_as_the_dispatcher_cuts_them():
    assert slices_of(Asked(1, 1, 2.0)) == 1
    assert slices_of(THE_JOB) == 4
    assert slices_of(Asked(1_000_000, 3, 2.0)) == 4000
    assert slices_of(Asked(1000, 250, 2.0)) == 100, "calls_per_slice"


def test_a_stage_that_nobody_uses_costs_something():
    parts = standing(read_counted().jobs, read_stage(ROOT / ".chalice" / "config.json"))
    assert all(amount > 0 for amount in parts.values())
    assert sum(parts.values()) < 20


def test_counts_are_read_as_they_were_written(tmp_path):
    counted = read_counted()
    write_counted(counted, tmp_path / "bill.json")
    assert read_counted(tmp_path / "bill.json") == counted


def test_the_command_prints_parts_month_and_floor(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["bill", "--interviews", "100", "--questions", "1", "--cache", "off"])
    assert command.main() == 0
    said = capsys.readouterr().out
    for words in ("Lambda: worker", "floor:", "A month of 1,000,000 interviews", prices.TAKEN):
        assert words in said


@pytest.mark.parametrize(
    "given", [["--interviews", "0"], ["--seconds-per-call", "inf"], ["--cache", "maybe"]]
)
def test_what_is_no_job_is_refused(given, monkeypatch):
    monkeypatch.setattr("sys.argv", ["bill", *given])
    with pytest.raises(SystemExit):
        command.main()
