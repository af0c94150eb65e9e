"""What an account has switched on."""

from typing import Annotated

from chalice.app import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from chalicelib.api.border import answered, body, caller, key_of, request_of
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import KeyMissingError
from chalicelib.domain.json_types import Json
from chalicelib.services import accounts

routes = Blueprint(__name__)
Switch = Annotated[bool, Field(strict=True)]


class Switches(BaseModel):
    """``PATCH edsl-settings``: what is left out or null stays as it is."""

    # A name that is not known here would be believed to be switched.
    model_config = ConfigDict(extra="forbid")

    remote_inference: Switch | None = None
    remote_caching: Switch | None = None


@routes.route("/api/v0/edsl-settings", methods=["GET"])
@answered
def edsl_settings() -> Json:
    """Answer the settings that every client asks for before each run.

    A client whose key is missing or wrong is told that remote inference is on: when settings
    fail, every release quietly runs the survey on the laptop instead; its next request then
    tells the user what to set.
    """
    try:
        account = accounts.authenticate(key_of(request_of(routes)))
    except KeyMissingError:
        return {"remote_inference": True, "remote_caching": False, "remote_logging": False}
    return _told(account)


@routes.route("/api/v0/edsl-settings", methods=["PATCH"])
@answered
def switch() -> Json:
    """Switch remote inference and remote caching on or off for the caller's account."""
    account, said = caller(routes), body(routes, Switches)
    changed = accounts.switch(
        account, remote_inference=said.remote_inference, remote_caching=said.remote_caching
    )
    return _told(changed)


def _told(account: Account) -> Json:
    return {
        "remote_inference": account.remote_inference,
        "remote_caching": account.remote_caching,
        "remote_logging": False,
    }
