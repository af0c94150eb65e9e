"""Accounts, as clients read them."""

from chalicelib.domain.accounts import Account
from chalicelib.domain.json_types import Document

NO_ACCOUNT: Document = {"remote_inference": True, "remote_caching": False, "remote_logging": False}
"""The settings of a client whose key opens no account."""


def settings(account: Account) -> Document:
    """Return what ``GET edsl-settings`` answers (client contract, section 2.2)."""
    return {
        "remote_inference": account.remote_inference,
        "remote_caching": account.remote_caching,
        "remote_logging": False,
    }
