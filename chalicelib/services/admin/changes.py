"""What an admin changes of an account. Each change is written into the log, with who made it."""

from chalicelib.domain.accounts import Account, KeyHolder, Role
from chalicelib.domain.credits.entry import EntryKind
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.credits.limits import Limits
from chalicelib.domain.errors import ConflictError
from chalicelib.logs.lines import logger_of
from chalicelib.services.accounts import administration
from chalicelib.services.admin.accounts import the_account
from chalicelib.services.credits import ledger
from chalicelib.services.credits.limits import set_for
from chalicelib.services.deps import deps

logger = logger_of("admin")
LONGEST_NOTE = 500
LOOKED_THROUGH = 50
GIVEN_MEANWHILE = (
    "Credits have been given to this account, or taken from it, since you were asked. Look whether that was "
    "the same, and begin again if it was not."
)
YOURSELF = "This is your own account: another admin has to do that, or the command of this Perch's operator."


def grant(admin: KeyHolder, account_id: str, amount: int, note: str, *, asked_at: int) -> Balance:
    """Give an account credits, or take some back, once: not if anybody has done so since it was asked.

    Raises NotFoundError, InvalidRequestError, InsufficientFundsError, ConflictError.
    """
    account = the_account(account_id)
    newest = ledger.entries_of(account, before=None, at_most=LOOKED_THROUGH)
    if any(entry.kind is EntryKind.GRANT and entry.at > asked_at for entry in newest):
        raise ConflictError(GIVEN_MEANWHILE)
    balance = ledger.grant(account_id, amount, note[:LONGEST_NOTE] or "Granted by an admin")
    told(admin, "gave credits", account=account_id, units=amount)
    return balance


def set_limits(admin: KeyHolder, account_id: str, limits: Limits) -> None:
    """Set what an account may spend by the word of whoever runs this Perch.

    Raises NotFoundError, InvalidRequestError.
    """
    set_for(the_account(account_id), limits)
    told(admin, "set limits", account=account_id, per_month=limits.per_month, per_job=limits.per_job)


def set_disabled(admin: KeyHolder, account_id: str, disabled: bool) -> None:
    """Let an account's keys open nothing, or all that they opened before.

    Raises NotFoundError, ConflictError.
    """
    administration.set_disabled(_another(admin, account_id), disabled)
    told(admin, "disabled" if disabled else "enabled", account=account_id)


def set_role(admin: KeyHolder, account_id: str, role: Role) -> None:
    """Let an account be a member or an admin. Raises NotFoundError, ConflictError."""
    administration.set_role(_another(admin, account_id), role)
    told(admin, "set the role", account=account_id, role=role.value)


def told(admin: KeyHolder, did: str, **about: object) -> None:
    """Write into the log what an admin did."""
    logger.info(f"An admin {did}", extra={"admin": admin.account_id, "at": deps().clock(), **about})


def _another(admin: KeyHolder, account_id: str) -> Account:
    """Return an account that is not the admin's own: nobody shuts himself out."""
    if account_id == admin.account_id:
        raise ConflictError(YOURSELF)
    return the_account(account_id)
