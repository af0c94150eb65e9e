"""Hold for a run what it may cost, and settle what it has cost: in the transactions that begin and end it."""

from dataclasses import replace

from chalicelib.domain.credits.funding import Forecast, Funding, Wish, affordable, further_hold, spent
from chalicelib.domain.credits.ledger import Entry, EntryKind
from chalicelib.domain.credits.money import credits_number, units
from chalicelib.domain.errors import InsufficientFundsError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.services.credits.ledger import Ledger
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction

Opened = tuple[Run, tuple[Slice, ...]]


def begin(transaction: Transaction, job: Job, planned: Run, forecast: Forecast | None) -> Opened:
    """Hold what a run is expected to cost, and open its first slices; nobody is charged without a forecast.

    Raises InsufficientFundsError if that is more than the account has, or not enough for one interview.
    """
    window = deps().settings.window
    if forecast is None or not planned.total:
        return planned.open(window)
    ledger = Ledger(job.account_id)
    expected = forecast.expected_units(planned.total)
    available = ledger.balance.available
    if expected > available:
        raise InsufficientFundsError(
            f"The job is expected to cost {credits_number(expected)} credits, and "
            f"{credits_number(available)} are available"
        )
    run = replace(planned, funding=_held(ledger, planned, Funding(forecast), expected))
    run, slices = _open(ledger, run, window)
    if run.short:
        raise InsufficientFundsError(
            f"One interview of the job may cost more than the {credits_number(available)} credits that "
            "are available"
        )
    ledger.write(transaction)
    return run, slices


def go_on(transaction: Transaction, job: Job, run: Run, slices: int) -> Opened:
    """Open up to so many further slices of a run, as far as its account has what they may cost.

    Where nothing is in work and not even one interview can be paid for, the run is short: it ends with
    what it has.
    """
    if run.funding is None or not slices or run.opened == run.total:
        return run.open(slices)
    ledger = Ledger(job.account_id)
    opened = _open(ledger, run, slices)
    ledger.write(transaction)
    return opened


def settle(transaction: Transaction, job: Job, run: Run) -> Run:
    """Charge what a run has cost, as far as it was held; release the rest. Return the run as it is then."""
    funding = run.funding
    if funding is None or funding.charged is not None:
        return run
    cost = units(run.house_usages)
    charged = min(cost, funding.held)
    if funding.held:
        ledger, now = Ledger(job.account_id), deps().clock()
        about = Entry(EntryKind.CHARGE, now, job_id=job.job_id, run=run.number)
        if charged:
            ledger.enter(replace(about, amount=-charged, held=-charged, borne=cost - charged))
        if rest := funding.held - charged:
            ledger.enter(replace(about, kind=EntryKind.RELEASE, held=-rest))
        ledger.write(transaction)
    return replace(run, funding=funding.settled(charged))


def _open(ledger: Ledger, run: Run, slices: int) -> Opened:
    funding = run.funding
    assert funding is not None
    in_work = run.opened - run.recorded
    further = min(slices * run.slice_size, run.total - run.opened)
    wish = Wish(spent(run.house_usages), in_work, further, run.slice_size)
    available = ledger.balance.available
    begun = affordable(funding, wish, available)
    if not begun:
        return replace(run, short=not in_work), ()
    hold = further_hold(funding, wish, begun, available)
    return replace(run, funding=_held(ledger, run, funding, hold)).open(slices, interviews=begun)


def _held(ledger: Ledger, run: Run, funding: Funding, further: int) -> Funding:
    if further:
        ledger.enter(Entry(EntryKind.HOLD, deps().clock(), held=further, job_id=run.job_id, run=run.number))
    return funding.hold(further)
