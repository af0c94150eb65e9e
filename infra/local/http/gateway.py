"""API Gateway's part of an HTTP request, around Chalice's local one.

What API Gateway answers by itself, before or instead of the function, is answered here in the same
way: JSON with ``detail``, as the deployed stage's GatewayResponses do.
"""

import logging
import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import CustomLocalChalice, LocalChalice, LocalGateway, LocalGatewayException

from infra.local.functions.watching import Watcher
from infra.local.http.answers import HEALTH, LARGEST_ANSWER, Answer, refusal, with_local_parts

NOT_OURS = "Human surveys, Prolific and widgets are no part of Perch."

logger = logging.getLogger("local_stack.http")


def with_requests_of_its_own(application: Chalice) -> Chalice:
    """Make ``current_request`` belong to the thread: concurrent requests must not see each other's.

    The same that ``chalice.local.create_local_server`` does before it opens a port of its own.
    """
    if not isinstance(application, CustomLocalChalice):
        CustomLocalChalice.__bases__ = (LocalChalice, type(application))
        application.__class__ = CustomLocalChalice
    return application


class Gateway(LocalGateway):
    """One application behind its routes."""

    def __init__(
        self,
        application: Chalice,
        config: Config,
        *,
        seconds: float,
        conditions: Path | None,
        watching: Watcher,
    ) -> None:
        super().__init__(application, config)
        self._seconds = seconds
        self._conditions = conditions
        self._watching = watching
        self._routes = application.routes

    def handle_request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Return the answer to one request; never raises, whatever the application does."""
        route = self._route(path)
        shown = urlsplit(path).path if route else re.sub(r"[?#].*", "", path)
        if route is None or not self._allows(route, method):
            return refusal(404, f"There is no {method} {shown} on this server. {NOT_OURS}")
        answer = self._within_the_time_limit(method, path, headers, body)
        if len(answer.get("body") or "") > LARGEST_ANSWER:
            logger.error("%s %s: the answer is larger than a function may return", method, shown)
            return refusal(502, "The answer is larger than the 6 MB that a function may return.")
        if method == "GET" and route == HEALTH and self._conditions is not None:
            return with_local_parts(answer, self._conditions)
        return answer

    def _route(self, path: str) -> str | None:
        try:
            return str(self.event_converter._route_matcher.match_route(path).route)
        except ValueError:
            return None

    def _allows(self, route: str, method: str) -> bool:
        methods = self._routes[route]
        preflight = method == "OPTIONS" and any(entry.cors is not None for entry in methods.values())
        return method in methods or preflight

    def _within_the_time_limit(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Call the function in a thread of its own; a late one goes on, but nobody hears it."""
        answers: list[Answer] = []

        def call() -> None:
            answers.append(self._call(method, path, headers, body))

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(self._seconds)
        if not answers:
            logger.error("%s %s: no answer within %s seconds", method, urlsplit(path).path, self._seconds)
            return refusal(504, f"The server did not answer within {self._seconds:g} seconds.")
        return answers[0]

    def _call(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        started = time.monotonic()
        try:
            return dict(super().handle_request(method, path, dict(headers), body))
        except LocalGatewayException as problem:
            return refusal(problem.CODE, "The caller is not allowed to do that.")
        except Exception:
            logger.exception("%s %s", method, urlsplit(path).path)
            return refusal(502, "Internal server error.")
        finally:
            self._watching.invoked(time.monotonic() - started)

    def _generate_lambda_event(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        """Shape the event as API Gateway does: parameters decoded, a text body as text."""
        event: Answer = super()._generate_lambda_event(method, path, headers, body)
        event["pathParameters"] = {
            name: unquote(value) for name, value in (event["pathParameters"] or {}).items()
        }
        if isinstance(event["body"], bytes):
            event["body"] = event["body"].decode("utf-8", errors="replace")
        return event
