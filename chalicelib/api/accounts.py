"""What an account is called and has switched on, and how a client gets a key of it."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.accounts import Profile, Switches, TokenOfClient
from chalicelib.api.views import accounts as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import AccountDisabledError, KeyMissingError
from chalicelib.domain.json_types import Json
from chalicelib.services.accounts import accounts, hand_over
from chalicelib.services.accounts.changing import account_of

routes = Routes(__name__)


@routes.get("/edsl-settings", public=True)
def edsl_settings() -> Json:
    """Answer the settings that every client asks for before each run.

    A client whose key is missing, wrong or closed is told that remote inference is on: when settings
    fail, every release quietly runs the survey on the laptop instead; its next request then
    tells the user what to set.
    """
    try:
        return views.settings(account_of(routes.caller()))
    except (KeyMissingError, AccountDisabledError):
        return views.NO_ACCOUNT


@routes.patch("/edsl-settings")
def switch(account: Caller) -> Json:
    """Switch remote inference, remote caching and remote logging on or off for the caller's account."""
    switches = routes.body(Switches)
    changed = accounts.switch(
        account,
        remote_inference=switches.remote_inference,
        remote_caching=switches.remote_caching,
        remote_logging=switches.remote_logging,
    )
    return views.settings(changed)


@routes.get("/users/profile")
def profile(account: Caller) -> Json:
    """Answer who the caller is."""
    return views.profile(account_of(account))


@routes.patch("/users/profile")
def rename(account: Caller) -> Json:
    """Give the caller's account another username."""
    return views.profile(accounts.rename(account, routes.body(Profile).username))


@routes.post("/get-api-key", public=True)
def get_api_key() -> Json:
    """Give a key, once, to the client that knows the token for which its owner has confirmed that."""
    return views.handed_over(hand_over.fetched(routes.body(TokenOfClient).edsl_auth_token))
