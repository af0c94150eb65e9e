"""What stands around every page of somebody who has signed in."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.domain.accounts import Account, KeyHolder, Role
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.credits.ledger import balance_of


@dataclass(frozen=True)
class Place:
    """A place that the navigation leads to."""

    path: str
    name: str
    icon: str
    admins_only: bool = False
    others: tuple[str, ...] = ()
    """What pages of it have addresses begin with, too: clients print these."""

    def has(self, path: str) -> bool:
        """Tell whether a page is one of this place."""
        return path.startswith((self.path, *self.others))


PLACES = (
    Place("/home/remote-inference", "Jobs", "jobs", others=("/home/remote-job-progress/",)),
    Place("/home/content", "Content", "content", others=("/content/",)),
    Place("/home/remote-cache", "Cache", "cache"),
    Place("/home/keys", "Keys", "key"),
    Place("/home/settings", "Settings", "settings"),
    Place("/home/credits", "Credits", "credits"),
    Place("/admin", "Admin", "admin", admins_only=True),
)
"""In the order in which they are shown; each is a page that there is."""


@dataclass(frozen=True)
class Frame:
    """Whose page it is, and what that account has. Amounts are hundredths of a credit."""

    username: str
    email: str
    is_admin: bool
    available: int
    held: int
    zone: tzinfo = UTC
    """In which times are told."""


def places_of(frame: Frame | None) -> list[Place]:
    """Return the places that there are for whoever a page is shown to."""
    return [place for place in PLACES if not place.admins_only or (frame is not None and frame.is_admin)]


def frame_of(holder: KeyHolder) -> Frame:
    """Return the frame of an account's pages. Raises KeyMissingError if the account has gone."""
    account, balance = account_of(holder), balance_of(holder)
    is_admin = holder.role is Role.ADMIN
    zone = _zone(account)
    return Frame(account.username, account.email, is_admin, balance.available, balance.held, zone)


def zone_of(holder: KeyHolder) -> tzinfo:
    """Return in which time zone an account is told times. Raises KeyMissingError if it has gone."""
    return _zone(account_of(holder))


def _zone(account: Account) -> tzinfo:
    try:
        return ZoneInfo(account.time_zone)
    except ZoneInfoNotFoundError:
        return UTC  # a newer database of time zones calls it otherwise
