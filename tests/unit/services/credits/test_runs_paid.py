"""A run is held for at its start, charged at its end for what it used, and never beyond what there is."""

from typing import Any

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.credits.limits import Limits
from chalicelib.domain.credits.money import units
from chalicelib.domain.jobs.job import INSUFFICIENT_FUNDS, Job, RetryScope
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import JobStatus
from chalicelib.services.accounts import keys
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.services.credits import ledger
from chalicelib.services.credits import limits as spending_limits
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.retry import retry
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.running.run_slice import run_slice
from chalicelib.storage.aws.transaction import Transaction
from tests.support import wire
from tests.support.fakes.engine import TOKENS
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import deliver, delivery, queued, ran

MANY = tuple(f"q{number}" for number in range(400))
"""Questions that cost 80 hundredths of a credit together, or 0.8 credits."""
HELD = {EntryKind.HOLD, EntryKind.RELEASE, EntryKind.CHARGE}


def entries(account: Account) -> list[Entry]:
    """Return an account's entries, the oldest first."""
    return ledger.entries_of(account, before=None, at_most=1000)[::-1]


def run_of(stage: Stage, made: Job, number: int = 1) -> Run:
    run = stage.deps.runs.get(made.job_id, number)
    assert run is not None
    return run


def leave(stage: Stage, amount: int) -> None:
    """Leave an account only so many hundredths of a credit."""
    ledger.grant(stage.account.account_id, amount - ledger.balance_of(stage.account).total, "for the test")


def titles(stage: Stage, made: Job) -> list[str]:
    return [item.title for item in stage.deps.jobs.history(made.job_id)]


def test_a_run_costs_what_its_answers_used(stage: Stage) -> None:
    before = ledger.balance_of(stage.account)
    done = ran(stage, job(agents=600))
    run, after = run_of(stage, done), ledger.balance_of(stage.account)
    cost = units(run.usages)
    assert cost == 120  # 600 times 10 tokens at $1 and 5 at $2 per million
    assert (after.total, after.held) == (before.total - cost, 0)
    made = [entry for entry in entries(stage.account) if entry.kind in HELD]
    assert {(entry.job_id, entry.run) for entry in made} == {(done.job_id, 1)}
    assert sum(entry.amount for entry in made) == -cost
    assert sum(entry.held for entry in made) == 0
    assert [entry.kind for entry in made[-2:]] == [EntryKind.CHARGE, EntryKind.RELEASE]
    described = wire.described(done)
    assert described["price"] == described["latest_job_run_details"]["cost_credits"] == 1.2
    expenses = described["latest_job_run_details"]["expenses"]
    assert round(sum(line["cost_credits"] for line in expenses), 2) == 1.2


def test_however_often_messages_come_a_run_is_charged_once(stage: Stage) -> None:
    done = ran(stage, job(agents=40), times=3)
    kinds = [entry.kind for entry in entries(stage.account)]
    assert kinds.count(EntryKind.CHARGE) == 1
    assert run_of(stage, done).funding is not None


def test_while_it_runs_the_most_it_may_cost_is_held(stage: Stage) -> None:
    made = queued(stage, job(agents=40))
    dispatch(made.job_id)
    run, balance = run_of(stage, made), ledger.balance_of(stage.account)
    assert run.funding is not None
    assert balance.held == run.funding.held > 0
    assert run.funding.held * 10**6 >= run.opened * run.funding.forecast.bound


def test_without_funds_a_job_fails_in_the_words_that_clients_know(stage: Stage) -> None:
    leave(stage, 1)
    done = ran(stage, job(agents=400))
    assert done.status is JobStatus.FAILED
    assert titles(stage, done) == ["Added to queue", "Started running", "Failed"]
    last = stage.deps.jobs.history(done.job_id)[-1]
    assert last.sentence.startswith("Insufficient funds. The job is expected to cost ")
    told = wire.described(done)
    assert told["reason"] == told["latest_job_run_details"]["failure_reason"] == "insufficient funds"
    assert "0.01 are available" in told["latest_job_run_details"]["failure_description"]
    assert stage.engine.asked == []
    assert [entry.kind for entry in entries(stage.account)][2:] == []


def test_a_job_that_could_not_be_paid_for_is_retried_with_more(stage: Stage) -> None:
    leave(stage, 1)
    done = ran(stage, job(agents=400))
    ledger.grant(stage.account.account_id, 10_000, "more")
    retry(stage.account, done.job_id, RetryScope.FAILED)
    again = deliver(stage, done)
    assert (again.status, again.run, again.cause) == (JobStatus.COMPLETED, 1, None)


def test_where_funds_end_on_the_way_a_run_ends_with_what_it_has(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dearer(monkeypatch, expected=1, bound=100)
    leave(stage, 250)
    done = ran(stage, job(agents=40, questions=MANY))
    run = run_of(stage, done)
    assert done.status is JobStatus.PARTIAL_FAILED
    assert done.cause == INSUFFICIENT_FUNDS
    assert 0 < run.recorded < 40
    assert done.reason is not None
    assert done.reason.startswith(f"Insufficient funds: {40 - run.recorded} interviews could not be run.")
    balance = ledger.balance_of(stage.account)
    assert balance.held == 0
    assert 0 <= balance.available < 100
    assert balance.total == 250 - units(run.usages)


def test_what_ended_for_want_of_funds_is_retried_with_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dearer(monkeypatch, expected=1, bound=100)
    leave(stage, 120)
    done = ran(stage, job(agents=4, questions=MANY))
    assert done.status is JobStatus.PARTIAL_FAILED
    ledger.grant(stage.account.account_id, 10_000, "more")
    retry(stage.account, done.job_id, RetryScope.FAILED)
    again = deliver(stage, done)
    assert (again.status, again.cause, again.reason) == (JobStatus.COMPLETED, None, None)
    charged = [entry for entry in entries(stage.account) if entry.kind is EntryKind.CHARGE]
    assert [entry.run for entry in charged] == [1, 2]


def test_a_run_that_nobody_paid_for_is_followed_by_one_that_is(stage: Stage) -> None:
    limit(credits="off")
    done = ran(stage, job(agents=40))
    assert run_of(stage, done).funding is None
    limit(credits="on")
    retry(stage.account, done.job_id, RetryScope.ALL)
    done = deliver(stage, done)
    assert run_of(stage, done, 2).cost == 8
    assert [entry.run for entry in entries(stage.account) if entry.kind is EntryKind.CHARGE] == [2]


def test_what_costs_more_than_was_held_is_borne_and_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dearer(monkeypatch, expected=1, bound=1)
    leave(stage, 5)
    done = ran(stage, job(agents=1, questions=MANY))
    assert done.status is JobStatus.COMPLETED
    (charge,) = [entry for entry in entries(stage.account) if entry.kind is EntryKind.CHARGE]
    cost = units(run_of(stage, done).usages)
    assert (charge.amount, charge.borne) == (-1, cost - 1)
    assert wire.described(done)["price"] == 0.01
    assert ledger.balance_of(stage.account).total == 4


def test_cancelled_early_it_costs_nothing_and_late_what_was_run(stage: Stage) -> None:
    before = ledger.balance_of(stage.account)
    early = queued(stage, job(agents=40))
    cancel(stage.account, early.job_id)
    deliver(stage, early)
    assert ledger.balance_of(stage.account) == before
    limit(slice_size=100)
    late = queued(stage, job(agents=400))
    dispatch(late.job_id)
    run_slice(late.job_id, 1, 0, delivery())
    cancel(stage.account, late.job_id)
    deliver(stage, late)
    run, after = run_of(stage, late), ledger.balance_of(stage.account)
    assert 0 < run.recorded < 400
    assert (after.total, after.held) == (before.total - units(run.usages), 0)
    assert stage.deps.jobs.history(late.job_id)[-1].sentence == "0.2 credits consumed."


def test_parallel_jobs_never_hold_more_than_there_is(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    dearer(monkeypatch, expected=60, bound=100)
    leave(stage, 1000)
    made = [queued(stage, job(agents=5)) for _ in range(6)]
    for each in made:
        dispatch(each.job_id)
    balance = ledger.balance_of(stage.account)
    assert 0 <= balance.available < 300
    statuses = [each.status for each in map(stage.deps.jobs.get, [one.job_id for one in made]) if each]
    assert statuses.count(JobStatus.RUNNING) == 3
    assert statuses.count(JobStatus.FAILED) == 3
    deliver(stage, made[0])
    after = ledger.balance_of(stage.account)
    assert after.held == 0
    charged = sum(entry.amount for entry in entries(stage.account) if entry.kind is EntryKind.CHARGE)
    assert after.total == 1000 + charged


def test_cached_answers_cost_nothing(stage: Stage) -> None:
    ran(stage, job(agents=40))
    before = ledger.balance_of(stage.account)
    done = ran(stage, job(agents=40))
    assert wire.described(done)["price"] == 0
    assert ledger.balance_of(stage.account).total == before.total


def test_where_a_stage_does_not_charge_costs_are_only_told(stage: Stage) -> None:
    leave(stage, 1)
    limit(credits="off")
    before = ledger.balance_of(stage.account)
    done = ran(stage, job(agents=400))
    assert done.status is JobStatus.COMPLETED
    assert wire.described(done)["price"] == 0.8
    assert ledger.balance_of(stage.account) == before


def test_a_job_that_is_given_up_is_charged_for_what_it_ran(stage: Stage) -> None:
    from chalicelib.services.recovery.dead_letters import give_up_finish  # noqa: PLC0415

    made = queued(stage, job(agents=400))
    dispatch(made.job_id)
    run_slice(made.job_id, 1, 0, delivery())
    give_up_finish(made.job_id, 1, "It did not work.")
    run = run_of(stage, made)
    assert run.funding is not None
    assert run.funding.charged == units(run.usages) > 0
    assert ledger.balance_of(stage.account).held == 0


def dearer(monkeypatch: pytest.MonkeyPatch, *, expected: int, bound: int) -> None:
    """Have an interview cost what the test says, in hundredths of a credit: expected, and at the most."""
    from chalicelib.domain.credits.funding import FINE, Forecast  # noqa: PLC0415
    from chalicelib.services.planning import dispatch as dispatching  # noqa: PLC0415

    def forecast(*_: Any, **__: Any) -> Forecast:
        return Forecast(expected * FINE, bound * FINE)

    monkeypatch.setattr(dispatching, "forecast_of", forecast)


class TestLimits:
    def test_a_job_is_held_to_the_limit_for_one_job(self, stage: Stage) -> None:
        spending_limits.set_own(stage.account, Limits(per_job=3))
        done = ran(stage, job(agents=400))
        assert (done.status, done.cause) == (JobStatus.FAILED, INSUFFICIENT_FUNDS)
        assert done.reason is not None
        assert done.reason.endswith("credits, and 0.03 are left of the limit for one job")

    def test_all_its_runs_count_together(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        dearer(monkeypatch, expected=1, bound=100)
        spending_limits.set_own(stage.account, Limits(per_job=150))
        done = ran(stage, job(agents=1, questions=MANY))
        retry(stage.account, done.job_id, RetryScope.ALL)
        again = deliver(stage, done)
        assert (done.status, again.status) == (JobStatus.COMPLETED, JobStatus.FAILED)
        assert again.reason is not None
        assert "0.7 are left of the limit for one job" in again.reason

    def test_a_month_s_limit_holds_for_jobs_side_by_side_and_ends_with_the_month(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dearer(monkeypatch, expected=80, bound=100)
        spending_limits.set_for(stage.account, Limits(per_month=260))
        made = [queued(stage, job(agents=1, questions=MANY), fresh=True) for _ in range(3)]
        for each in made:
            dispatch(each.job_id)
        statuses = [found.status for each in made if (found := stage.deps.jobs.get(each.job_id))]
        assert statuses == [JobStatus.RUNNING, JobStatus.RUNNING, JobStatus.FAILED]
        deliver(stage, made[0])
        assert ledger.balance_of(stage.account).spending.spent == 160
        assert ran(stage, job(agents=1, questions=MANY), fresh=True).cause is None
        failed = ran(stage, job(agents=1, questions=MANY), fresh=True)
        assert failed.reason is not None
        assert "are left of the account's limit for this month" in failed.reason
        stage.now += 31 * 86_400_000
        assert ran(stage, job(agents=1, questions=MANY), fresh=True).status is JobStatus.COMPLETED

    def test_a_key_s_limit_holds_for_what_is_sent_with_it(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dearer(monkeypatch, expected=80, bound=100)
        limited = authenticate("key-ada")
        other = authenticate(keys.make(stage.account, "another").secret)
        spending_limits.set_of_key(stage.account, limited.key.key_id, 90)
        sent = [
            deliver(stage, queued(stage, job(agents=1, questions=MANY), account=holder, fresh=True))
            for holder in (limited, other, limited)
        ]
        assert [each.status for each in sent] == [
            *[JobStatus.FAILED, JobStatus.COMPLETED, JobStatus.FAILED],
        ]
        spending_limits.set_of_key(stage.account, limited.key.key_id, 200)
        ok = deliver(stage, queued(stage, job(agents=1, questions=MANY), account=limited, fresh=True))
        assert ok.status is JobStatus.COMPLETED
        spent = stage.deps.credits.book(stage.account.account_id, limited.key.key_id).by_key
        assert spent is not None
        assert (spent.spent, spent.held) == (80, 0)


def test_a_start_with_the_widest_window_is_one_transaction(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB takes a hundred items: ninety slices leave ten for run, job, its story and the ledger."""
    limit(window=90, slice_size=1, smallest_slice=1, workers_to_fill=1000)
    made = queued(stage, job(agents=200), account=authenticate("key-ada"))
    sizes: list[int] = []
    write = Transaction._write

    def counted(transaction: Transaction) -> None:
        sizes.append(len(transaction.writes))
        write(transaction)

    monkeypatch.setattr(Transaction, "_write", counted)
    dispatch(made.job_id)
    assert run_of(stage, made).opened == 90
    assert 90 < max(sizes) <= 100


def test_responses_that_are_no_answers_are_paid_for_too(stage: Stage) -> None:
    stage.engine.refusing = {3: 2, 7: 1}
    done = ran(stage, job(agents=600))
    run = run_of(stage, done)
    assert sum(usage.tokens for usage in run.usages) == (600 + 3) * sum(TOKENS)
    charge = next(entry for entry in entries(stage.account) if entry.kind is EntryKind.CHARGE)
    assert -charge.amount == units(run.usages) > 120


def test_those_of_a_worker_that_died_are_paid_once(stage: Stage) -> None:
    """The next worker is given them again, and nobody is asked twice."""
    stage.engine.refusing, stage.engine.dies_before, stage.engine.forwards = {0: 2}, {1}, True
    done = ran(stage, job(agents=3))
    assert stage.engine.asked.count((0, "q0")) == 3
    assert sum(usage.tokens for usage in run_of(stage, done).usages) == (3 + 2) * sum(TOKENS)


def test_a_cancelled_run_pays_for_what_was_asked_of_interviews_that_have_no_row(stage: Stage) -> None:
    stage.engine.refusing, stage.engine.slow = {0: 2}, {0}
    made = queued(stage, job(agents=1))
    dispatch(made.job_id)
    stage.engine.between = lambda: (cancel(stage.account, made.job_id), None)[1]
    done = deliver(stage, made)
    assert done.status is JobStatus.CANCELLED
    kept = sum(usage.tokens for usage in run_of(stage, made).usages)
    assert kept == len(stage.engine.asked) * sum(TOKENS)
