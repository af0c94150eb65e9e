"""Hold for a run what it may cost, and settle what it has cost: in the transactions that begin and end it."""

from dataclasses import replace

from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.credits.funding import (
    Forecast,
    Funding,
    Wish,
    affordable,
    further_hold,
    most_at_once,
    spent,
)
from chalicelib.domain.credits.money import credits_number, units
from chalicelib.domain.credits.month import by_model
from chalicelib.domain.errors import InsufficientFundsError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.services.credits.ledger import Ledger, Spendable
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction

Opened = tuple[Run, tuple[Slice, ...]]


def begin(transaction: Transaction, job: Job, planned: Run, forecast: Forecast | None) -> Opened:
    """Hold what a run is expected to cost, and open its first slices; nobody is charged without a forecast.

    Raises InsufficientFundsError if that is more than the account has, or not enough for one interview.
    """
    window = deps().settings.window
    if forecast is None:
        return planned.open(window)
    ledger, earlier = _ledger(job), _cost_of_earlier(job)
    if not planned.total:
        return replace(planned, funding=Funding(forecast, earlier=earlier)), ()
    expected, most = forecast.expected_units(planned.total), ledger.spendable(of_job=earlier)
    if expected > most.amount:
        raise InsufficientFundsError(_too_dear("The job is expected to cost", expected, most))
    funding = Funding(forecast, held=expected, earlier=earlier)
    run, slices = _open(replace(planned, funding=funding), window, most.amount - expected)
    if run.short:
        raise InsufficientFundsError(_too_dear("One interview may cost", most_at_once(forecast), most))
    _hold(ledger, run, before=0)
    ledger.write(transaction)
    return run, slices


def go_on(transaction: Transaction, job: Job, run: Run, slices: int) -> Opened:
    """Open up to so many further slices of a run, as far as its account has what they may cost.

    Where nothing is in work and not even one interview can be paid for, the run is short: it ends with
    what it has.
    """
    funding = run.funding
    if funding is None or not funding.forecast.bound or not slices or run.opened == run.total:
        return run.open(slices)  # nothing is to be held for it: no need to look what there is
    ledger = _ledger(job)
    most = ledger.spendable(of_job=funding.earlier + funding.held)
    after, opened = _open(run, slices, most.amount)
    _hold(ledger, after, before=funding.held)
    ledger.write(transaction)
    return after, opened


def settle(transaction: Transaction, job: Job, run: Run) -> Run:
    """Charge what a run has cost, as far as it was held; release the rest. Return the run as it is then."""
    funding = run.funding
    if funding is None or funding.charged is not None:
        return run
    cost = units(run.house_usages)
    charged = min(cost, funding.held)
    if funding.held:
        ledger, now = _ledger(job), deps().clock()
        about = Entry(EntryKind.CHARGE, now, job_id=job.job_id, run=run.number)
        if charged:
            charge = replace(about, amount=-charged, held=-charged, borne=cost - charged)
            ledger.enter(charge, by_model(run.house_usages, charged))
        if rest := funding.held - charged:
            ledger.enter(replace(about, kind=EntryKind.RELEASE, held=-rest))
        ledger.write(transaction)
    return replace(run, funding=funding.settled(charged))


def _ledger(job: Job) -> Ledger:
    return Ledger(job.account_id, job.key_id)


def _cost_of_earlier(job: Job) -> int:
    return sum(run.cost for run in deps().runs.several(job.job_id, job.run)) if job.run else 0


def _open(run: Run, slices: int, available: int) -> Opened:
    """Open slices with what is held for a run and what may be held besides."""
    funding = run.funding
    assert funding is not None
    in_work = run.opened - run.recorded
    further = min(slices * run.slice_size, run.total - run.opened)
    wish = Wish(spent(run.house_usages), in_work, further, run.slice_size)
    begun = affordable(funding, wish, available)
    if not begun:
        return replace(run, short=not in_work), ()
    hold = further_hold(funding, wish, begun, available)
    return replace(run, funding=funding.hold(hold)).open(slices, interviews=begun)


def _hold(ledger: Ledger, run: Run, *, before: int) -> None:
    held = run.funding.held if run.funding else 0
    if held > before:
        about = Entry(EntryKind.HOLD, deps().clock(), job_id=run.job_id, run=run.number)
        ledger.enter(replace(about, held=held - before))


def _too_dear(beginning: str, amount: int, most: Spendable) -> str:
    return f"{beginning} {credits_number(amount)} credits, and {credits_number(most.amount)} {most.bound}"
