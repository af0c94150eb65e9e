"""What stands around every page of somebody who has signed in."""

from dataclasses import dataclass

from chalicelib.domain.accounts import KeyHolder, Role
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.credits.ledger import balance_of


@dataclass(frozen=True)
class Place:
    """A place that the navigation leads to."""

    path: str
    name: str
    icon: str


PLACES = (Place("/home/remote-inference", "Jobs", "jobs"), Place("/home/content", "Content", "content"))
"""In the order in which they are shown; each is a page that there is."""


@dataclass(frozen=True)
class Frame:
    """Whose page it is, and what that account has. Amounts are hundredths of a credit."""

    username: str
    email: str
    is_admin: bool
    available: int
    held: int


def frame_of(holder: KeyHolder) -> Frame:
    """Return the frame of an account's pages. Raises KeyMissingError if the account has gone."""
    account, balance = account_of(holder), balance_of(holder)
    return Frame(account.username, account.email, holder.role is Role.ADMIN, balance.available, balance.held)
