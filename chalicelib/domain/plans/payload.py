"""Read JSON that a stranger wrote, and say in plain words what is wrong with it."""

import json
from typing import Any

from chalicelib.domain import strict_json
from chalicelib.domain.errors import NotAnEdslJobError


def read_payload(data: bytes, *, maximum_depth: int) -> Any:  # noqa: ANN401 - any JSON value
    """Parse a small payload whole.

    Raises NotAnEdslJobError with a sentence for a person if it is empty, cut off, not JSON or
    nested deeper than ``maximum_depth``.
    """
    if not data.strip():
        raise empty()
    try:
        text = data.decode("utf-8-sig")
        document = strict_json.loads(text)
    except UnicodeDecodeError as error:
        raise undecodable(error) from error
    except json.JSONDecodeError as error:
        if "Unterminated" in error.msg or error.pos >= len(error.doc.rstrip()):
            raise cut_off() from error
        raise malformed(f"{error.msg} at {error.pos}") from error
    except RecursionError as error:
        raise too_deep(maximum_depth) from error
    except strict_json.NotFiniteError as error:
        raise not_finite(error) from error
    except ValueError as error:
        raise malformed("it has a number that is too long") from error
    check_depth(document, text, maximum_depth, maximum_depth)
    return document


def check_depth(value: object, text: str, levels: int, maximum_depth: int) -> None:
    """Raise NotAnEdslJobError if a value, read from this text, has more levels than so many."""
    if text.count("{") + text.count("[") <= levels:
        return  # counting characters is a tenth of the work, and settles it for nearly all rows
    level = [value]
    for _ in range(levels):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return
    if any(isinstance(child, (dict, list)) for child in level):
        raise too_deep(maximum_depth)


def empty() -> NotAnEdslJobError:
    """Nothing was sent."""
    return NotAnEdslJobError("The payload is empty. Send the job again.")


def cut_off() -> NotAnEdslJobError:
    """It is JSON as far as it goes."""
    return malformed("it ends too early, as if the upload was cut off")


def malformed(why: str) -> NotAnEdslJobError:
    """It is not JSON."""
    return NotAnEdslJobError(f"The payload is not JSON: {why}. Send the job again.")


def not_finite(error: strict_json.NotFiniteError) -> NotAnEdslJobError:
    """It has a number that JSON has no form for."""
    return NotAnEdslJobError(f"The payload {error}. Send the job again with None or a text in its place.")


def undecodable(error: UnicodeDecodeError) -> NotAnEdslJobError:
    """It is not even text, or ends within a character."""
    if error.reason == "unexpected end of data":
        return cut_off()
    return NotAnEdslJobError("The payload is not JSON: it is not UTF-8 text.")


def too_deep(maximum_depth: int) -> NotAnEdslJobError:
    """It is nested deeper than anything a client builds."""
    return NotAnEdslJobError(f"The payload is nested deeper than {maximum_depth} levels.")
