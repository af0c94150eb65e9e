"""What was done with the account's cache, and when."""

from chalice.app import Blueprint

from chalicelib.api.border import answered, asked, body, caller
from chalicelib.api.cache_bodies import LogPage, NewLogItem
from chalicelib.domain.json_types import Json
from chalicelib.services.cache import log

routes = Blueprint(__name__)


@routes.route("/api/v0/remote-cache-log", methods=["POST"])
@answered
def add() -> Json:
    """Note what a client has done (0.1.33 and 0.1.38)."""
    account, said = caller(routes), body(routes, NewLogItem)
    return log.note(account, said.description, said.cache_entry_count)


@routes.route("/api/v0/remote-cache-log", methods=["GET"])
@answered
def listed() -> Json:
    """List what was done, newest first."""
    account, said = caller(routes), asked(routes, LogPage)
    return log.items(account, page=said.page, page_size=said.page_size)


@routes.route("/api/v0/remote-cache-log/delete-all", methods=["DELETE"])
@answered
def delete_all() -> Json:
    """Delete the log (0.1.33 and 0.1.38)."""
    return log.clear(caller(routes))
