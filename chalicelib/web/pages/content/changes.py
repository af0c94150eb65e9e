"""Change what is said of an object, share it, delete it: only its owner does."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.content.alias import checked_alias
from chalicelib.domain.content.content import ContentChanges, Visibility
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.access import owned_content
from chalicelib.services.content.change import patch
from chalicelib.services.content.delete import delete
from chalicelib.services.content.sharing import share, shared_with, unshare
from chalicelib.web.http import Routes
from chalicelib.web.pages.content import table

routes = Routes(__name__, prefix=table.HOME)
LONGEST_DESCRIPTION = 10_000
LONGEST_NAME = 254


@routes.post("/{content_uuid}/change")
def change(account: KeyHolder, content_uuid: str) -> Response:
    """Change an object's description, alias and visibility."""
    said = routes.marked_form()
    description, alias = said.get("description", ""), said.get("alias", "").strip()
    if len(description) > LONGEST_DESCRIPTION:
        raise InvalidRequestError(f"A description has {LONGEST_DESCRIPTION:,} characters at the most.")
    patch(
        account,
        content_uuid,
        ContentChanges(description, checked_alias(alias or None), _visibility(said.get("visibility", ""))),
    )
    return _back(content_uuid)


@routes.post("/{content_uuid}/share")
def share_with(account: KeyHolder, content_uuid: str) -> Response:
    """Let somebody read an object."""
    share(account, content_uuid, _who(routes.marked_form().get("who", "")))
    return _back(content_uuid)


@routes.post("/{content_uuid}/unshare")
def unshare_with(account: KeyHolder, content_uuid: str) -> Response:
    """Let somebody read an object no more."""
    unshare(account, content_uuid, _who(routes.marked_form().get("who", "")))
    return _back(content_uuid)


@routes.get("/{content_uuid}/delete")
def ask(account: KeyHolder, content_uuid: str) -> Response:
    """Ask whether an object is to be deleted; nothing is yet."""
    return routes.page(
        "content/delete.html",
        account=account,
        content=owned_content(account, content_uuid),
        readers=shared_with(account, content_uuid),
        mark=routes.mark(),
    )


@routes.post("/{content_uuid}/delete")
def remove(account: KeyHolder, content_uuid: str) -> Response:
    """Delete an object."""
    routes.marked_form()
    delete(account, content_uuid)
    return routes.led_to(table.HOME)


def _back(content_id: str) -> Response:
    return routes.led_to(f"/content/{content_id}?about=1")


def _who(said: str) -> str:
    who = said.strip()
    if len(who) > LONGEST_NAME:
        raise InvalidRequestError(f"An e-mail address has {LONGEST_NAME} characters at the most.")
    return who


def _visibility(name: str) -> Visibility:
    try:
        return Visibility(name)
    except ValueError:
        raise InvalidRequestError(f"visibility: one of {', '.join(Visibility)} was expected.") from None
