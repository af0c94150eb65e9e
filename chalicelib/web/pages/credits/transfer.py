"""Give credits to another account: asked once, then done."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.credits.giving import LONGEST_NOTE, recipient_of, transfer
from chalicelib.services.credits.ledger import balance_of
from chalicelib.web.asked import credits_said
from chalicelib.web.http import Routes

routes = Routes(__name__, prefix="/home/credits/transfer")
LONGEST_NAME = 254
LONGEST_NUMBER = 12


@routes.get("")
def ask(account: KeyHolder) -> Response:
    """Ask whether so much is to be given to that account; nothing is yet."""
    said = routes.raw_query()
    to, amount = _to(said.get("to", "")), _amount(said.get("amount", ""))
    balance = balance_of(account)
    return routes.page(
        "credits/transfer.html",
        account=account,
        to=recipient_of(to).username,
        amount=amount,
        note=said.get("note", "")[:LONGEST_NOTE],
        balance=balance,
        mark=routes.mark(),
    )


@routes.post("")
def give(account: KeyHolder) -> Response:
    """Give it, if nothing has been entered since that was asked: so a button pressed twice gives once."""
    said = routes.marked_form()
    to, amount = _to(said.get("to", "")), _amount(said.get("amount", ""))
    transfer(account, to, amount, said.get("note", ""), entries=_entries(said.get("entries", "")))
    return routes.led_to("/home/credits")


def _to(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidRequestError("To: the username of another account was expected.")
    return name


def _amount(text: str) -> int:
    amount = credits_said(text, "Credits")
    if amount is None or amount <= 0:
        raise InvalidRequestError("Credits: an amount of at least 0.01 was expected.")
    return amount


def _entries(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise InvalidRequestError("This form is not whole: go back to your credits and begin anew.")
    return int(text)
