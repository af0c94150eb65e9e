"""Credits, as clients read them."""

from collections.abc import Iterable

from chalicelib.domain.credits.entry import Entry
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.credits.limits import AccountLimits, Limits
from chalicelib.domain.credits.money import UNITS_PER_CREDIT
from chalicelib.domain.credits.spending import Spending
from chalicelib.domain.json_types import Document
from chalicelib.domain.times import iso


def balance(found: Balance) -> Document:
    """Return what ``GET users/get-balance`` answers: ``credits`` is what can be spent now."""
    return {
        "credits": found.available / UNITS_PER_CREDIT,
        "balance": found.total / UNITS_PER_CREDIT,
        "held": found.held / UNITS_PER_CREDIT,
    }


def moved(left: Balance) -> Document:
    """Return what a transfer or a payment answers (client contract, section 2.4)."""
    return {
        "success": True,
        "transaction_id": str(left.entries),
        "remaining_credits": left.available / UNITS_PER_CREDIT,
    }


def entries(found: Iterable[Entry]) -> list[Document]:
    """Return lines of a ledger, the newest first."""
    return [
        {
            "number": entry.number,
            "kind": entry.kind,
            "time": iso(entry.at),
            "credits": entry.amount / UNITS_PER_CREDIT,
            "held": entry.held / UNITS_PER_CREDIT,
            "balance": entry.balance / UNITS_PER_CREDIT,
            "job_uuid": entry.job_id or None,
            "run": entry.run or None,
            "note": entry.note,
        }
        for entry in found
    ]


def limits(found: AccountLimits, spending: Spending) -> Document:
    """Return what an account may spend, and what it has spent in the month that it last spent in."""
    return {
        "own": _limits(found.own),
        "set_by_admin": _limits(found.house),
        "keys": {key_id: limit / UNITS_PER_CREDIT for key_id, limit in found.keys.items()},
        "month": spending.month or None,
        "spent": spending.spent / UNITS_PER_CREDIT,
    }


def _limits(one: Limits) -> Document:
    return {"per_month": _credits(one.per_month), "per_job": _credits(one.per_job)}


def _credits(amount: int | None) -> float | None:
    return None if amount is None else amount / UNITS_PER_CREDIT
