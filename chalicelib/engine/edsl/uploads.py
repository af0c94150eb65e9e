"""Files that were uploaded apart from what has them: their content is not here, only where it is."""

from typing import NamedTuple

from chalicelib.domain.plans.subset import OFFLOADED
from chalicelib.engine.edsl.types import EdslObject


class Upload(NamedTuple):
    """What edsl writes into a file in place of its content (client contract, section 2.3)."""

    file_id: str
    """The id that it was uploaded by; empty where the job names none."""
    content_hash: str
    """A digest of the content, as its sender says; else the id."""


def upload_of(file: EdslObject) -> Upload | None:
    """Return where a file's content is; None if the file has it."""
    if file.base64_string != OFFLOADED:
        return None
    places = file.external_locations
    place = places.get("gcs") if isinstance(places, dict) else None
    said = place if isinstance(place, dict) else {}
    file_id = str(said.get("file_uuid") or "")
    return Upload(file_id, str(said.get("content_hash") or file_id))
