"""What an account has switched on."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.accounts import Switches
from chalicelib.api.views import accounts as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import KeyMissingError
from chalicelib.domain.json_types import Json
from chalicelib.services.accounts import accounts

routes = Routes(__name__)


@routes.get("/edsl-settings", public=True)
def edsl_settings() -> Json:
    """Answer the settings that every client asks for before each run.

    A client whose key is missing or wrong is told that remote inference is on: when settings
    fail, every release quietly runs the survey on the laptop instead; its next request then
    tells the user what to set.
    """
    try:
        return views.settings(accounts.account_of(routes.caller()))
    except KeyMissingError:
        return views.NO_ACCOUNT


@routes.patch("/edsl-settings")
def switch(account: Caller) -> Json:
    """Switch remote inference and remote caching on or off for the caller's account."""
    switches = routes.body(Switches)
    changed = accounts.switch(
        account, remote_inference=switches.remote_inference, remote_caching=switches.remote_caching
    )
    return views.settings(changed)
