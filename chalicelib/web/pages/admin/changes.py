"""Change an account: credits, limits, role, open or closed; asked once, then done. For admins only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder, Role
from chalicelib.domain.credits.limits import Limits
from chalicelib.domain.credits.money import UNITS_PER_CREDIT, credits_number
from chalicelib.domain.errors import InvalidRequestError, NotFoundError
from chalicelib.services.admin import changes
from chalicelib.services.admin.accounts import AccountFacts, account_facts
from chalicelib.services.deps import deps
from chalicelib.web.asked import amount_said
from chalicelib.web.http import NO_SUCH_PAGE, Routes
from chalicelib.web.pages.admin.accounts import HOME

routes = Routes(__name__, prefix=HOME, admins_only=True)
LONGEST_TIME = 15
Said = Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """What is asked before it is done."""

    title: str
    sentence: str
    button: str
    danger: bool = False


@dataclass(frozen=True)
class Change:
    """Something that an admin can do to an account: which fields it has, what is asked, what is done."""

    fields: tuple[str, ...]
    ask: Callable[[AccountFacts, Said], Question]
    do: Callable[[KeyHolder, str, Said], object]


@routes.get("/{account_id}/{change}")
def ask(account: KeyHolder, account_id: str, change: str) -> Response:
    """Ask whether it is to be done; nothing is yet."""
    wanted, found = _change(change), account_facts(account_id)
    said = routes.raw_query()
    return routes.page(
        "admin/ask.html",
        account=account,
        back=f"{HOME}/{quote(account_id)}",
        action=f"{HOME}/{quote(account_id)}/{change}",
        asked=wanted.ask(found, said),
        fields={name: said.get(name, "") for name in wanted.fields} | {"asked_at": str(deps().clock())},
        mark=routes.mark(),
    )


@routes.post("/{account_id}/{change}")
def do(account: KeyHolder, account_id: str, change: str) -> Response:
    """Do it."""
    said = routes.marked_form()
    _change(change).do(account, account_id, said)
    return routes.led_to(f"{HOME}/{quote(account_id)}")


def _ask_grant(found: AccountFacts, said: Said) -> Question:
    amount, line = _amount(said), found.line
    told, then = _credits(abs(amount)), _credits(line.balance.total + amount)
    if amount < 0:
        return Question(
            f"Take {told} from {line.account.email}?",
            f"It has {then} then.",
            "Take them",
            danger=True,
        )
    return Question(f"Give {told} to {line.account.email}?", f"It has {then} then.", "Give them")


def _grant(admin: KeyHolder, account_id: str, said: Said) -> None:
    at = said.get("asked_at", "")
    if not (at.isascii() and at.isdigit() and len(at) <= LONGEST_TIME):
        raise InvalidRequestError("asked_at: when this was asked was expected, as its page has it.")
    changes.grant(admin, account_id, _amount(said), said.get("note", "").strip(), asked_at=int(at))


def _ask_limits(found: AccountFacts, said: Said) -> Question:
    month, job = _limit(said, "per_month"), _limit(said, "per_job")
    return Question(
        f"Set the limits of {found.line.account.email}?",
        f"It may then spend {_told(month)} a month, and {_told(job)} on one job. Where its owner has set a "
        "lower limit, that one holds. Jobs that are under way go on with what is held for them.",
        "Set the limits",
    )


def _limits(admin: KeyHolder, account_id: str, said: Said) -> None:
    changes.set_limits(admin, account_id, Limits(_limit(said, "per_month"), _limit(said, "per_job")))


def _ask_disable(found: AccountFacts, _: Said) -> Question:
    return Question(
        f"Disable {found.line.account.email}?",
        "Its keys open nothing from the next request on, and whoever has signed in with one is signed out. "
        "Jobs that it has sent go on. Nothing is deleted: it can be enabled again.",
        "Disable the account",
        danger=True,
    )


def _ask_enable(found: AccountFacts, _: Said) -> Question:
    email = found.line.account.email
    return Question(f"Enable {email}?", "Its keys open all that they opened before.", "Enable the account")


def _ask_admin(found: AccountFacts, _: Said) -> Question:
    return Question(
        f"Make {found.line.account.email} an admin?",
        "Whoever has one of its keys sees these pages then, and may do all that they can.",
        "Make it an admin",
        danger=True,
    )


def _ask_member(found: AccountFacts, _: Said) -> Question:
    return Question(
        f"Make {found.line.account.email} a member?",
        "These pages are not there for it any more. What is its own stays.",
        "Make it a member",
    )


CHANGES = {
    "grant": Change(("credits", "note"), _ask_grant, _grant),
    "limits": Change(("per_month", "per_job"), _ask_limits, _limits),
    "disable": Change((), _ask_disable, lambda admin, which, _: changes.set_disabled(admin, which, True)),
    "enable": Change((), _ask_enable, lambda admin, which, _: changes.set_disabled(admin, which, False)),
    "admin": Change((), _ask_admin, lambda admin, which, _: changes.set_role(admin, which, Role.ADMIN)),
    "member": Change((), _ask_member, lambda admin, which, _: changes.set_role(admin, which, Role.MEMBER)),
}


def _change(name: str) -> Change:
    if name not in CHANGES:
        raise NotFoundError(NO_SUCH_PAGE)
    return CHANGES[name]


def _amount(said: Said) -> int:
    amount = amount_said(said.get("credits", "").strip(), "credits")
    if not amount:
        raise InvalidRequestError("credits: a number other than 0 was expected; below zero takes some back.")
    return amount


def _limit(said: Said, name: str) -> int | None:
    text = said.get(name, "").strip()
    if not text:
        return None
    limit = amount_said(text, name)
    if limit < 0:
        raise InvalidRequestError(
            f"{name}: a number from 0 on was expected, or nothing where there is no limit."
        )
    return limit


def _told(limit: int | None) -> str:
    return "as much as it has" if limit is None else _credits(limit)


def _credits(units: int) -> str:
    return f"{credits_number(units)} {'credit' if units == UNITS_PER_CREDIT else 'credits'}"
