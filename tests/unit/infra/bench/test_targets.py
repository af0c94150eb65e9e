"""What was reached is told beside what was wanted."""

from dataclasses import replace

from infra.bench.meters.samples import measured
from infra.bench.plan import INDEXED, PLAIN, STACK
from infra.bench.reporting.targets import targets
from infra.bench.runs.cached_run import JOBS
from tests.unit.infra.bench.lines import cached, line, looks, slow, synced, waits


def verdicts(lines, slow_runs=None, *, api_seconds=0.5, cache=None, difference=3.0, waiting=(), slowest=1.5):
    measured = (lines, slow_runs or slow(), cache or cached(), synced(difference))
    found = targets(*measured, waits=waiting, results_table=looks(slowest), api_seconds=api_seconds)
    return {target.name: target for target in found}


def test_speeds_are_compared_at_their_sizes():
    found = verdicts(
        [
            *(line(PLAIN, 1000, 30.0), line(INDEXED, 1000, 3.0, cpu=3.0), line(STACK, 1000, 9.0, cpu=4.2)),
            *(line(PLAIN, 2000, 100.0), line(STACK, 2000, 20.0), line(STACK, 10000, 100.0)),
        ]
    )
    assert found["Perch against plain edsl at 1,000"].reached == "3.3 ×"
    assert found["Perch against plain edsl at 1,000"].met is True
    assert found["Perch against plain edsl at 2,000"].met is False
    assert found["Perch at 10,000 against 1,000"].reached == "11.1 ×"
    assert found["Perch at 10,000 against 1,000"].met is False
    per_core = found["worker's speed per core against the indexed runner at 1,000"]
    assert (per_core.reached, per_core.met) == ("71%", False)


def test_what_users_wait_for_is_held_to_the_server_and_to_plain_edsl():
    beside, faster = "run() beside the server's time", "run() against plain edsl from 60 interviews on"
    good, bad = verdicts([], waiting=waits()), verdicts([], waiting=waits(client=4.5))
    assert (good[beside].met, good[faster].met, good[faster].reached) == (True, True, "1.1 × at the least")
    assert (bad[beside].met, bad[faster].met) == (False, False)
    # What takes longer than a request is held is nobody's promise.
    assert verdicts([], waiting=waits(client=50.0, seconds=30.0))[beside].met is None
    assert verdicts([])[faster].reached == "not measured"


def test_small_jobs_are_held_to_the_server_with_the_newest_client():
    one, other = waits(seconds=0.4)
    found = verdicts([], waiting=[replace(one, interviews=1, questions=1), other])
    assert found["1 × 1, from queued to completed"].met is True
    assert found["20 × 3, from queued to completed"].met is None
    slow_one = replace(one, interviews=1, questions=1, server=measured([0.6]))
    old_one = replace(other, interviews=1, questions=1)
    assert verdicts([], waiting=[slow_one, old_one])["1 × 1, from queued to completed"].met is False


def test_fifty_and_ten_thousand_interviews_have_targets_of_their_own():
    found = verdicts([line(PLAIN, 50, 0.6), line(STACK, 50, 0.7), line(STACK, 10000, 21.0)])
    assert found["Perch against plain edsl at 50"].met is False
    assert found["10,000 two-question interviews"].met is True
    assert verdicts([line(STACK, 10000, 23.0)])["10,000 two-question interviews"].met is False


def test_the_engine_is_held_to_what_it_takes_in_the_largest_job():
    name = "worker's engine, processor time of an interview"
    lines = [line(STACK, 200, 1.0, engine=3.0), line(STACK, 1000, 5.0, engine=1.7)]
    assert (verdicts(lines)[name].met, verdicts(lines)[name].reached) == (True, "1.7 ms")
    assert verdicts([*lines, line(STACK, 2000, 9.0, engine=1.9)])[name].met is False
    assert verdicts(lines[:1])[name].met is None


def test_first_runs_are_held_to_those_without_the_cache():
    names = [f"first run, {job.name}" for job in JOBS]
    good, bad = verdicts([]), verdicts([], cache=cached(first=1.2))
    assert [(good[name].met, good[name].reached) for name in names] == [(True, "10% longer")] * 2
    assert [(bad[name].met, bad[name].reached) for name in names] == [(False, "20% longer")] * 2


def test_the_highest_peak_of_all_sizes_counts():
    lines = [line(STACK, 50, 1.0, worker=310.0), line(STACK, 1000, 1.0, worker=100.0)]
    assert verdicts(lines)["worker's peak at every size"].met is False
    assert (
        verdicts([line(STACK, 50, 1.0)], slow(worker_peak=301.0))["worker's peak at every size"].met is False
    )
    assert verdicts(lines)["finalizer's peak at every size"].met is True
    assert verdicts(lines)["local AWS's peak at every size"].met is True


def test_what_was_not_measured_is_neither_met_nor_missed():
    found = verdicts([line(STACK, 50, 1.0)], api_seconds=None)
    assert found["api function's first answer"].met is None
    assert found["Perch at 10,000 against 1,000"].reached == "not measured"


def test_the_slowest_look_at_a_table_counts():
    name = "the slowest look at a table of 100,000 results"
    assert verdicts([])[name].met is True
    assert verdicts([], slowest=2.1)[name].met is False


def test_many_calls_in_flight():
    assert verdicts([], slow(in_flight=199.0))["calls in flight a worker, model of 2 s a call"].met is False
    assert verdicts([], slow(seconds=20.0))["1,000 one-question interviews, 2 s a call"].met is False


def test_the_cache_is_held_to_requests_and_calls():
    names = [
        "model calls of a job sent again",
        "cache lookups for 100 prompts that wait for no answer",
        "the same where every second prompt waits for one",
        "model calls for 40 prompts that are the same, in slices of ten",
    ]
    good, bad = verdicts([]), verdicts([], cache=cached(lookups=60.0, calls=1, alike_calls=5))
    assert [good[name].met for name in names] == [True] * 4
    assert [bad[name].met for name in names] == [False] * 4


def test_old_clients_wait_for_the_difference_for_some_seconds_only():
    name = "the difference to a client's cache of 50,000 entries"
    assert verdicts([])[name].met is True
    assert verdicts([], difference=11.0)[name].met is False
