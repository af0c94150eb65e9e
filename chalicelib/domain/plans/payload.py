"""Read a job that a stranger wrote, and say in plain words what is wrong with it."""

import json
from typing import Any

from chalicelib.domain import strict_json
from chalicelib.domain.errors import NotAnEdslJobError, TooLargeError
from chalicelib.domain.json_refusals import Refusals

OF_A_JOB = Refusals(
    kind=NotAnEdslJobError,
    name="The payload",
    again="Send the job again",
    too_large_kind=TooLargeError,
    part="The job has a part (its survey, or one agent, scenario or model)",
)


def read_payload(data: bytes, *, maximum_depth: int) -> Any:  # noqa: ANN401 - any JSON value
    """Parse a small payload whole.

    Raises NotAnEdslJobError with a sentence for a person if it is empty, cut off, not JSON or
    nested deeper than ``maximum_depth``.
    """
    if not data.strip():
        raise OF_A_JOB.empty()
    try:
        text = data.decode("utf-8-sig")
        document = strict_json.loads(text)
    except UnicodeDecodeError as error:
        raise OF_A_JOB.undecodable(error) from error
    except json.JSONDecodeError as error:
        if "Unterminated" in error.msg or error.pos >= len(error.doc.rstrip()):
            raise OF_A_JOB.cut_off() from error
        raise OF_A_JOB.malformed(f"{error.msg} at {error.pos}") from error
    except RecursionError as error:
        raise OF_A_JOB.too_deep(maximum_depth) from error
    except strict_json.NotFiniteError as error:
        raise OF_A_JOB.not_finite(error) from error
    except ValueError as error:
        raise OF_A_JOB.long_number() from error
    OF_A_JOB.check_depth(document, text, maximum_depth, maximum_depth)
    return document
