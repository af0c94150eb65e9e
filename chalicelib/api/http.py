"""The outer border for HTTP: every answer is JSON, every error has ``detail``.

The clients read ``detail`` and nothing else (client contract, section 2.1), while Chalice says
``Code`` and ``Message``.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chalice.app import Blueprint, Request, Response
from pydantic import BaseModel, BeforeValidator, ValidationError

from chalicelib.api.json_body import json_of
from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError, PerchError, TooLargeError
from chalicelib.domain.jobs.idempotency import LONGEST_KEY, IdempotencyKey
from chalicelib.domain.json_types import Json
from chalicelib.domain.limits import PAYLOAD_BYTES
from chalicelib.logs.lines import logger_of
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.services.deps import deps
from chalicelib.services.offload import ObjectAnswer

Schema = TypeVar("Schema", bound=BaseModel)
View = Callable[..., Json]
LARGE_JOBS = "Use a newer edsl (0.1.62 or later), which uploads large jobs separately, or a smaller job."
MOST_PROBLEMS = 5
"""That are told of; of a long list each item may be one."""
OWN_ERROR = "Perch met an error of its own. Try again; its operator finds the cause in the log."
logger = logger_of("api")


class Routes(Blueprint):
    """The routes of one subject, below one prefix.

    Whoever asks without a key is answered 401, unless the route says ``public=True``; the view of any
    other is given the account that the key opens. What a view raises becomes an answer.
    """

    def __init__(self, name: str, prefix: str = "/api/v0") -> None:
        super().__init__(name)
        self.prefix = prefix

    def get(self, path: str, *, public: bool = False) -> Callable[[View], View]:
        """Answer GET at an address."""
        return self._answers("GET", path, public=public)

    def post(self, path: str, *, public: bool = False) -> Callable[[View], View]:
        """Answer POST at an address."""
        return self._answers("POST", path, public=public)

    def patch(self, path: str, *, public: bool = False) -> Callable[[View], View]:
        """Answer PATCH at an address."""
        return self._answers("PATCH", path, public=public)

    def delete(self, path: str, *, public: bool = False) -> Callable[[View], View]:
        """Answer DELETE at an address."""
        return self._answers("DELETE", path, public=public)

    def _answers(self, method: str, path: str, *, public: bool) -> Callable[[View], View]:
        def hung(view: View) -> View:
            @functools.wraps(view)
            def answered(**named: str) -> Response:
                return answer_of(lambda: view(**named) if public else view(self.caller(), **named))

            self.route(path, methods=[method])(answered)
            return view

        return hung

    @property
    def request(self) -> Request:
        """The request being answered."""
        return self.current_request

    @property
    def address(self) -> str:
        """Where all reach Perch; unless that is settled, where this request did, stage and all."""
        if settled := deps().settings.public_url:
            return settled
        request = self.request
        scheme = request.headers.get("x-forwarded-proto", "http")
        segments = str(request.context["path"]).split("/")
        # The request's own path has names where an address has ids; both have as many segments.
        here = "/".join(segments[: len(segments) - request.path.count("/")])
        return f"{scheme}://{request.headers.get('host', 'localhost')}{here}"

    def key(self) -> str | None:
        """Return the key in the request's header; clients without one send the word ``None``."""
        scheme, _, key = self.request.headers.get("authorization", "").partition(" ")
        key = key.strip()
        return key if scheme.lower() == "bearer" and key and key != "None" else None

    def caller(self) -> KeyHolder:
        """Return whose key the request carries.

        Raises KeyMissingError, AccountDisabledError.
        """
        return authenticate(self.key())

    def body(self, schema: type[Schema], *, advice: str = LARGE_JOBS) -> Schema:
        """Return the request's body, checked; ``advice`` is for those that send too much.

        Raises InvalidRequestError, TooLargeError.
        """
        size = len(self.request.raw_body)
        if size > PAYLOAD_BYTES:
            raise TooLargeError(
                f"The request has {size:,} bytes; {PAYLOAD_BYTES:,} is the most it may have. {advice}"
            )
        try:
            return schema.model_validate(json_of(self.request))
        except ValidationError as error:
            raise InvalidRequestError(explained(error)) from error

    def idempotency_key(self) -> IdempotencyKey | None:
        """Return by what a request is recognised when it comes again, if its sender wants that.

        Raises InvalidRequestError.
        """
        request = self.request
        key = request.headers.get("idempotency-key")
        if key is None:
            return None
        if not key.strip() or len(key) > LONGEST_KEY:
            raise InvalidRequestError(
                f"The Idempotency-Key must have between 1 and {LONGEST_KEY} characters."
            )
        raw = request.raw_body
        return IdempotencyKey.of(
            key, request.method, request.path, raw.encode() if isinstance(raw, str) else raw
        )

    def raw_query(self) -> Mapping[str, str]:
        """Return the request's query parameters; of a repeated one, the last."""
        return self.request.query_params or {}

    def parsed_query(self, schema: type[Schema]) -> Schema:
        """Return the request's query, checked; each field comes as the list of its values.

        Raises InvalidRequestError.
        """
        given = self.request.query_params
        values = {name: given.getlist(name) for name in given} if given else {}
        try:
            return schema.model_validate(values)
        except ValidationError as error:
            raise InvalidRequestError(explained(error)) from error


Once = BeforeValidator(lambda values: values[-1] if isinstance(values, list) else values)
"""Of a query's field that is given several times, the last counts; without this it is a list."""


def answer_of(view: Callable[[], Json]) -> Response:
    """Return what a view answers, or what its error is to its caller; nothing escapes as a traceback."""
    try:
        answer = view()
    except PerchError as error:
        return failure(error.status, error.detail)
    except Exception:  # the border itself: the caller gets a sentence, the log the rest
        logger.exception("A request could not be answered")
        return failure(500, OWN_ERROR)
    return answer if isinstance(answer, Response) else Response(body=answer)


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


def explained(error: ValidationError) -> str:
    """Say in one line what is wrong with which field."""
    problems: list[Any] = error.errors()
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


def raw_json(answer: ObjectAnswer) -> Response:
    """Return an answer whose JSON is written already, or lead to where it lies."""
    if answer.address:
        return see_other(answer.address)
    return Response(body=answer.body or "", headers={"Content-Type": "application/json"})
