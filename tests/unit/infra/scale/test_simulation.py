"""The simulation in small: all is answered once, and each limit shows where it is."""

from dataclasses import replace

import pytest

from infra.scale import __main__ as command
from infra.scale.published import AS_IT_COMES
from infra.scale.scenario import GREEDY, ScaleJob, Scenario, limited, many_accounts, one_large
from infra.scale.simulation import Simulation

SMALL = one_large(20_000)
CROWD = many_accounts(20, 40_000, jobs_of_largest=4)
LIMITED = limited(2_000, 10, 1_200)


def play(scenario):
    return Simulation(scenario).run()


def interviews(scenario):
    return sum(job.interviews for job in scenario.jobs)


@pytest.mark.parametrize("scenario", [SMALL, CROWD, LIMITED], ids=lambda it: it.name)
def test_every_interview_is_answered_once_and_every_job_ends(scenario):
    played = play(scenario)
    assert played.answers == interviews(scenario) * scenario.questions
    assert len(played.jobs) == len(scenario.jobs)
    assert all(job.came < job.first_answer < job.ended <= played.seconds for job in played.jobs)


def test_it_is_the_same_each_time():
    assert play(CROWD) == play(CROWD)


def test_one_job_has_as_many_workers_as_its_window_has_slices():
    narrow, wide = play(SMALL), play(replace(SMALL, window=80))
    assert narrow.workers == SMALL.window
    assert SMALL.window < wide.workers <= 80
    assert wide.seconds < narrow.seconds / 2


def test_who_comes_later_does_not_wait_for_a_large_account():
    played = play(replace(CROWD, workers=20))
    large = max(job.ended for job in played.jobs if job.account == GREEDY)
    assert played.made_room > 0
    assert max(job.first_answer - job.came for job in played.others) < 20
    assert max(job.ended for job in played.others) < large


def test_a_provider_is_never_asked_faster_than_it_takes():
    played = play(LIMITED)
    calls = interviews(LIMITED)
    assert LIMITED.requests_a_minute is not None
    fastest = calls / LIMITED.requests_a_minute * 60
    assert fastest < played.seconds < fastest * 1.1 + 20
    assert played.peaks["limits"] < 50


def test_a_table_that_takes_few_writes_holds_answers_up():
    slow = replace(SMALL, published=replace(AS_IT_COMES, table_writes=200, table_writes_at_most=200))
    held_up, free = play(slow), play(SMALL)
    assert free.table_delay == 0 < held_up.table_delay
    assert held_up.seconds > free.seconds
    assert held_up.answers == free.answers


def test_looks_that_fail_cost_turns_and_nothing_else():
    blind = play(replace(CROWD, published=replace(AS_IT_COMES, partition_reads=4)))
    assert blind.failed_looks > 0
    assert blind.answers == interviews(CROWD) * CROWD.questions


def test_nobody_else_means_nobody_makes_room():
    jobs = [ScaleJob("ada", 1000), ScaleJob("ada", 1000)]
    assert play(Scenario("two jobs of one", jobs, workers=3)).made_room == 0


def test_the_command_prints_its_tables(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["scale", "--size", "small"])
    assert command.main() == 0
    said = capsys.readouterr().out
    for words in ("All of it", "What the others wait", "Marks", "Places", "One worker's environment"):
        assert words in said
