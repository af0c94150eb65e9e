"""Accounts, as clients read them."""

from chalicelib.domain.accounts import Account
from chalicelib.domain.json_types import Document
from chalicelib.domain.times import iso

NO_ACCOUNT: Document = {"remote_inference": True, "remote_caching": False, "remote_logging": False}
"""The settings of a client whose key opens no account."""


def settings(account: Account) -> Document:
    """Return what ``GET edsl-settings`` answers (client contract, section 2.2)."""
    return {
        "remote_inference": account.remote_inference,
        "remote_caching": account.remote_caching,
        "remote_logging": account.remote_logging,
    }


def profile(account: Account) -> Document:
    """Return what ``GET users/profile`` answers (client contract, section 2.4)."""
    return {
        "username": account.username,
        "email": account.email,
        "role": account.role.value,
        "created_at": iso(account.created_at),
    }


def handed_over(key: str | None) -> Document:
    """Return what ``POST get-api-key`` answers: without a key clients go on asking."""
    return {"api_key": key}
