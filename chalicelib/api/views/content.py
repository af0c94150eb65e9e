"""Objects, as clients read them (client contract, section 2.3)."""

import json
from collections.abc import Iterable, Iterator

from chalicelib.domain.content.content import Content
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.times import iso
from chalicelib.services.content.lists import Page
from chalicelib.services.content.read import Described
from chalicelib.services.content.sharing import Shared

DONE: Document = {"status": "success"}
NEW_FORMAT = True
"""Every object is pulled and uploaded by signed addresses."""


def made(found: Described) -> Document:
    """Return what ``POST object`` answers; ``POST object/push`` adds where the value is to be put."""
    content = found.content
    return {
        "uuid": content.content_id,
        "object_uuid": content.content_id,
        "object_type": content.object_type,
        "description": content.description,
        "visibility": content.visibility,
        "owner_username": found.owner,
        "alias": content.alias,
        "version": content.release,
    }


def described(found: Described) -> Document:
    """Return an object's metadata; what concerns what is not read yet is told to its owner alone."""
    content = found.content
    told = {**listed(found), "size": content.size if content.document else None}
    if not found.own:
        return told
    return {
        **told,
        "checking": content.checking is not None,
        "refused": content.refused,
        "job_uuid": content.job_id,
    }


def listed(found: Described) -> Document:
    """Return what a list says of an object."""
    content = found.content
    return {
        "uuid": content.content_id,
        "object_type": content.object_type,
        "alias": content.alias,
        "owner_username": found.owner,
        "description": content.description,
        "visibility": content.visibility,
        "version": content.release,
        "last_updated_ts": iso(content.last_changed_at),
        "created_ts": iso(content.created_at),
        # Nobody counts them.
        "view_count": None,
        "download_count": None,
    }


def page(found: Page, *, bare: bool) -> Json:
    """Return what ``GET object/list`` answers; ``bare`` for releases that read nothing but a list."""
    objects = [listed(one) for one in found.objects]
    if bare:
        return objects
    return {
        "objects": objects,
        "current_page": found.number,
        "total_pages": found.pages,
        "page_size": found.size,
        "total_count": found.total,
    }


def shared(found: Shared) -> Document:
    """Return what ``POST object/share`` answers."""
    who = found.username or found.email
    return {"message": f"Successfully shared with {who}.", "username": found.username, "email": found.email}


def readers(found: Iterable[Shared]) -> Document:
    """Return what ``GET object/share`` answers."""
    people = list(found)
    return {
        "shared_with": [
            {"username": one.username, "email": one.email} for one in people if one.username is not None
        ],
        "unregistered_shared_with": [{"email": one.email} for one in people if one.username is None],
    }


def values(found: Iterable[tuple[Content, Iterator[str]]]) -> Iterator[str]:
    """Yield what ``GET objects`` answers, piece by piece: each object with its value."""
    yield "["
    separator = ""
    for content, value in found:
        about = {
            "uuid": content.content_id,
            "version": content.release,
            "description": content.description,
            "visibility": content.visibility,
            "object_type": content.object_type,
        }
        yield f'{separator}{json.dumps(about)[:-1]}, "json_string": "'
        for piece in value:
            yield json.dumps(piece)[1:-1]
        yield '"}'
        separator = ", "
    yield "]"


def info(found: Described) -> Document:
    """Return what ``GET object/alias/info`` answers."""
    content = found.content
    return {
        "uuid": content.content_id,
        "object_type": content.object_type,
        "is_new_format": NEW_FORMAT,
    }


def confirmed(content: Content) -> Document:
    """Return what ``POST object/confirm-upload`` answers."""
    return {
        "object_uuid": content.content_id,
        "processing_started": content.checking is not None,
    }
