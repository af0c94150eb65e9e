"""What a request's body says, if it is JSON."""

from chalice.app import Request

from chalicelib.domain import strict_json
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.json_types import Json


def json_of(request: Request) -> Json:
    """Return what a body says that is sent as JSON, None of any other; raises InvalidRequestError."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return None
    raw = request.raw_body
    try:
        return strict_json.loads(raw.decode() if isinstance(raw, bytes) else raw)
    except strict_json.NotFiniteError as error:
        raise InvalidRequestError(
            f"The request's body {error}. Send it again with null or a text in its place."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError("The request's body is not JSON.") from error
