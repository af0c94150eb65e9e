"""The outer border for HTTP: every answer is JSON, every error has ``detail``.

The clients read ``detail`` and nothing else (client contract, section 2.1), while Chalice says
``Code`` and ``Message``.
"""

import functools
from collections.abc import Callable, Mapping
from typing import TypeVar

from aws_lambda_powertools import Logger
from chalice.app import BadRequestError, Blueprint, Request, Response
from pydantic import BaseModel, BeforeValidator, ValidationError

from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import InvalidRequestError, PerchError, TooLargeError
from chalicelib.domain.jobs.idempotency import LONGEST_KEY, RepeatKey
from chalicelib.domain.json_types import Json
from chalicelib.services.accounts import authenticate

Body = TypeVar("Body", bound=BaseModel)
View = Callable[..., Json]
MAXIMUM_BODY = 6 * 1024 * 1024
"""Lambda takes no larger payload; larger jobs go to S3 by signed address."""
LARGE_JOBS = "Use a newer edsl (0.1.62 or later), which uploads large jobs separately, or a smaller job."
MOST_PROBLEMS = 5
"""That are told of; of a long list each item may be one."""
OWN_ERROR = "Perch met an error of its own. Try again; its operator finds the cause in the log."
logger = Logger(service="api")


def answered(view: View) -> View:
    """Turn a view's errors into answers; nothing escapes as a traceback."""

    @functools.wraps(view)
    def wrapped(*arguments: str, **named: str) -> Response:
        try:
            answer = view(*arguments, **named)
        except PerchError as error:
            return failure(error.status, error.detail)
        except Exception:  # the border itself: the caller gets a sentence, the log the rest
            logger.exception("A request could not be answered")
            return failure(500, OWN_ERROR)
        return answer if isinstance(answer, Response) else Response(body=answer)

    return wrapped


def failure(status: int, detail: str) -> Response:
    """Return an error's answer."""
    return Response(body={"detail": detail}, status_code=status)


def reworded(_event: object, get_response: Callable[[object], Response]) -> Response:
    """Chalice's own refusals (method, media type) in the words of all others: a middleware."""
    response = get_response(_event)
    if isinstance(response.body, dict) and "Message" in response.body and "detail" not in response.body:
        return Response(
            body={"detail": str(response.body["Message"])},
            status_code=response.status_code,
            headers=response.headers,
        )
    return response


def request_of(blueprint: Blueprint) -> Request:
    """Return the request being answered."""
    return blueprint.current_request


def caller(blueprint: Blueprint) -> Account:
    """Return whose key the request carries.

    Raises KeyMissingError.
    """
    return authenticate(key_of(request_of(blueprint)))


def key_of(request: Request) -> str | None:
    """Return the key in the request's header; clients without one send the word ``None``."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip()
    return key if scheme.lower() == "bearer" and key and key != "None" else None


def body(blueprint: Blueprint, kind: type[Body], *, advice: str = LARGE_JOBS) -> Body:
    """Return the request's body, checked; ``advice`` is for those that send too much.

    Raises InvalidRequestError, TooLargeError.
    """
    request = request_of(blueprint)
    if len(request.raw_body) > MAXIMUM_BODY:
        raise TooLargeError(
            f"The request has {len(request.raw_body):,} bytes; {MAXIMUM_BODY:,} is the most it may have. "
            f"{advice}"
        )
    try:
        return kind.model_validate(request.json_body)
    except ValidationError as error:
        raise InvalidRequestError(explained(error)) from error
    except (BadRequestError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError("The request's body is not JSON.") from error


def repeat_key(blueprint: Blueprint) -> RepeatKey | None:
    """Return by what a request is recognised when it comes again, if its sender wants that.

    Raises InvalidRequestError.
    """
    request = request_of(blueprint)
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not key.strip() or len(key) > LONGEST_KEY:
        raise InvalidRequestError(f"The Idempotency-Key must have between 1 and {LONGEST_KEY} characters.")
    raw = request.raw_body
    return RepeatKey.of(key, request.method, request.path, raw.encode() if isinstance(raw, str) else raw)


def query(blueprint: Blueprint) -> Mapping[str, str]:
    """Return the request's query parameters; of a repeated one, the last."""
    return request_of(blueprint).query_params or {}


Once = BeforeValidator(lambda values: values[-1] if isinstance(values, list) else values)
"""Of a query's field that is given several times, the last counts; without this it is a list."""


def asked(blueprint: Blueprint, kind: type[Body]) -> Body:
    """Return the request's query, checked; each field comes as the list of its values.

    Raises InvalidRequestError.
    """
    given = request_of(blueprint).query_params
    values = {name: given.getlist(name) for name in given} if given else {}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise InvalidRequestError(explained(error)) from error


def explained(error: ValidationError) -> str:
    """Say in one line what is wrong with which field."""
    problems = error.errors()
    more = len(problems) - MOST_PROBLEMS
    told = "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'body'}: {problem['msg']}"
        for problem in problems[:MOST_PROBLEMS]
    )
    return f"{told}; and {more:,} more" if more > 0 else told


def see_other(address: str) -> Response:
    """Return an answer that leads to where what was asked for lies.

    ``requests`` follows and leaves the key behind when the host or port changes.
    """
    return Response(body="", status_code=303, headers={"Location": address})


def raw_json(text: str) -> Response:
    """Return an answer whose JSON is written already."""
    return Response(body=text, headers={"Content-Type": "application/json"})
