"""Each request's line in the log: what was asked for by whom, what was answered, and how long it took.

Neither body nor query nor headers are written down, and of an address only its route and the ids in it.
"""

import time
import uuid
from collections.abc import Callable

from chalice.app import Request, Response

from chalicelib.logs.context import about
from chalicelib.logs.lines import logger_of

NAMES = {"job_uuid": "job", "content_uuid": "object", "run_uuid": "local_run", "account_id": "of_account"}
"""Which parts of an address are ids, and how lines call them."""
UNTOLD = ("/health", "/static/")
"""Asked for every second, or by every page: told only where they fail."""
FAILURE = 400
logger = logger_of("requests")


def written_down(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Answer a request and write down that it was answered: a middleware."""
    started = time.monotonic()
    given = request.uri_params or {}
    ids = {name: given.get(parameter, "") for parameter, name in NAMES.items()}
    correlation = str(request.context.get("requestId") or uuid.uuid4())
    with about(**ids, correlation_id=correlation):
        response = get_response(request)
        if response.status_code >= FAILURE or not request.path.startswith(UNTOLD):
            logger.info(
                "A request was answered",
                method=request.method,
                route=request.path,
                status=response.status_code,
                seconds=round(time.monotonic() - started, 3),
            )
    return response
