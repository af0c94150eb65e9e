"""Keep what clients tell of their own machines. None of it changes anything else."""

import uuid

from chalicelib.domain.accounts import Caller, KeyHolder
from chalicelib.domain.client_reports import ClientError, LocalProgress, LocalRun
from chalicelib.domain.errors import NotFoundError
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.deps import deps

MOST_ERRORS = 50
"""That are shown."""
NO_RUN = "There is no local run {}; what is told of one is kept for a week."


def begin_run(account: Caller) -> LocalRun:
    """Note that a client begins a run on its own machine; return it."""
    now = deps().clock()
    run = LocalRun(str(uuid.uuid4()), now, now, None)
    deps().client_reports.begin(account.account_id, run)
    return run


def run_of(account: Caller, run_id: str) -> LocalRun:
    """Return a run of the account. Raises NotFoundError."""
    run = deps().client_reports.run(account.account_id, run_id)
    if run is None or run.kept_until <= deps().clock():
        raise NotFoundError(NO_RUN.format(run_id))
    return run


def tell_progress(account: Caller, run_id: str, progress: LocalProgress) -> None:
    """Keep how far a run is; the last that is told counts. Raises NotFoundError."""
    run = run_of(account, run_id)
    told = LocalRun(run.run_id, run.begun_at, deps().clock(), progress)
    if not deps().client_reports.tell(account.account_id, told):
        raise NotFoundError(NO_RUN.format(run_id))


def tell_error(account: KeyHolder, kind: str, message: str, *, trace: str = "", release: str = "") -> bool:
    """Keep an error if the account has remote logging on; tell whether it has."""
    if not account_of(account).remote_logging:
        return False
    error = ClientError(str(uuid.uuid4()), deps().clock(), kind, message, trace, release)
    deps().client_reports.add_error(account.account_id, error)
    return True


def latest_errors(account: Caller) -> list[ClientError]:
    """Return the latest errors that the account's clients told of, newest first."""
    now = deps().clock()
    found = deps().client_reports.errors(account.account_id, at_most=MOST_ERRORS)
    return [error for error in found if error.kept_until > now]
