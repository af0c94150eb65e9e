"""What an account has switched on."""

from chalice.app import Blueprint

from chalicelib.api.border import Json, answered, key_of, request_of
from chalicelib.domain.errors import KeyMissingError
from chalicelib.services.accounts import authenticate

routes = Blueprint(__name__)


@routes.route("/api/v0/edsl-settings", methods=["GET"])
@answered
def edsl_settings() -> Json:
    """Answer the settings that every client asks for before each run.

    A client whose key is missing or wrong is told that remote inference is on: when settings
    fail, every release quietly runs the survey on the laptop instead; its next request then
    tells the user what to set.
    """
    try:
        account = authenticate(key_of(request_of(routes)))
    except KeyMissingError:
        return {"remote_inference": True, "remote_caching": False, "remote_logging": False}
    return {
        "remote_inference": account.remote_inference,
        "remote_caching": account.remote_caching,
        "remote_logging": False,
    }
