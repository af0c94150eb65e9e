"""Read JSON that a stranger wrote."""

import json
from typing import Any

from chalicelib.domain.errors import NotAnEdslJobError


def read_payload(data: bytes | str, *, maximum_depth: int) -> Any:  # noqa: ANN401 - any JSON value
    """Parse a payload.

    Raises NotAnEdslJobError with a sentence for a person if it is empty, cut off, not JSON or
    nested deeper than ``maximum_depth``.
    """
    if not data.strip():
        raise NotAnEdslJobError("The payload is empty. Send the job again.")
    try:
        document = json.loads(data)
    except UnicodeDecodeError as error:
        raise NotAnEdslJobError("The payload is not JSON: it is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg
        why = "it ends too early, as if the upload was cut off" if cut else f"{error.msg} at {error.pos}"
        raise NotAnEdslJobError(f"The payload is not JSON: {why}. Send the job again.") from error
    except RecursionError as error:
        raise _too_deep(maximum_depth) from error
    _check_depth(document, maximum_depth)
    return document


def _check_depth(document: object, maximum_depth: int) -> None:
    level = [document]
    for _ in range(maximum_depth):
        level = [
            child
            for value in level
            if isinstance(value, (dict, list))
            for child in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise _too_deep(maximum_depth)


def _too_deep(maximum_depth: int) -> NotAnEdslJobError:
    return NotAnEdslJobError(f"The payload is nested deeper than {maximum_depth} levels.")
