"""What accounts have, are given, and may spend."""

from argparse import ArgumentParser, Namespace

from chalicelib.domain.accounts import Account
from chalicelib.domain.credits.limits import AccountLimits, Limits
from chalicelib.domain.credits.money import credits_number
from chalicelib.domain.times import iso
from chalicelib.services.accounts import administration
from chalicelib.services.credits import ledger
from chalicelib.services.credits import limits as spending_limits
from infra.admin.command import Command, note, print_table, units
from infra.admin.errors import AdminError

NO_LIMIT = "none"


def _email(parser: ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL")


def _grant_arguments(parser: ArgumentParser) -> None:
    _email(parser)
    parser.add_argument("credits", metavar="CREDITS", help="below zero takes some back")
    parser.add_argument("--note", default="Granted by an operator", help="stands in the account's ledger")


def _grant(given: Namespace) -> None:
    account = administration.find(given.email)
    balance = ledger.grant(account.account_id, units(given.credits), given.note)
    total, available = credits_number(balance.total), credits_number(balance.available)
    note(f"{account.email} has {total} credits, {available} of them available.")


def _ledger(given: Namespace) -> None:
    account = administration.find(given.email)
    rows = [
        (
            *(str(entry.number), iso(entry.at), entry.kind.value, credits_number(entry.amount)),
            *(credits_number(entry.held), credits_number(entry.balance), entry.job_id, entry.note),
        )
        for entry in ledger.entries_of(account, before=None, at_most=given.entries)
    ]
    print_table(("NUMBER", "TIME", "KIND", "CREDITS", "HELD", "BALANCE", "JOB", "NOTE"), rows)


def _ledger_arguments(parser: ArgumentParser) -> None:
    _email(parser)
    parser.add_argument("--entries", type=int, default=50, help="the newest so many (%(default)d)")


def _limits_arguments(parser: ArgumentParser) -> None:
    _email(parser)
    parser.add_argument("--per-month", metavar="CREDITS", help=f"or {NO_LIMIT}")
    parser.add_argument("--per-job", metavar="CREDITS", help=f"or {NO_LIMIT}")
    parser.add_argument("--key", metavar="ID", help="set what this one of its API keys may spend in a month")


def _limits(given: Namespace) -> None:
    account = administration.find(given.email)
    found = spending_limits.limits_of(account)
    if given.key is not None:
        found = _limit_key(account, given)
    elif given.per_month is not None or given.per_job is not None:
        wanted = Limits(
            _limit(given.per_month, found.house.per_month), _limit(given.per_job, found.house.per_job)
        )
        found = spending_limits.set_for(account, wanted)
    rows = [
        ("yours", _told(found.house.per_month), _told(found.house.per_job)),
        ("the owner's own", _told(found.own.per_month), _told(found.own.per_job)),
        *((f"the key {key_id}", credits_number(limit), "") for key_id, limit in sorted(found.keys.items())),
    ]
    print_table(("LIMIT", "PER MONTH", "PER JOB"), rows)


def _limit_key(account: Account, given: Namespace) -> AccountLimits:
    if given.per_month is None or given.per_job is not None:
        raise AdminError("A key has a limit per month and no other: give --key ID --per-month CREDITS.")
    return spending_limits.set_of_key(account, given.key, _limit(given.per_month, None))


def _limit(said: str | None, before: int | None) -> int | None:
    if said is None:
        return before
    return None if said == NO_LIMIT else units(said)


def _told(limit: int | None) -> str:
    return NO_LIMIT if limit is None else credits_number(limit)


COMMANDS = (
    Command("grant", "give an account credits, or take some back", _grant_arguments, _grant),
    Command("ledger", "the newest entries of an account's ledger", _ledger_arguments, _ledger),
    Command("limits", "what an account may spend; shows them, and sets yours", _limits_arguments, _limits),
)
