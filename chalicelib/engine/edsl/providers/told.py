"""What a provider takes in a minute, as it tells in the headers of its answers: good ones and refusals.

A hook on each client's transport reads them, whatever edsl makes of the answer. Google and Bedrock tell none.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from chalicelib.engine.edsl.types import EdslObject

REQUESTS, TOKENS = "requests", "tokens"
NAMES = {
    REQUESTS: (
        "x-ratelimit-limit-requests",
        "anthropic-ratelimit-requests-limit",
        "x-ratelimit-limit-req-minute",
    ),
    TOKENS: (
        "x-ratelimit-limit-tokens",
        "anthropic-ratelimit-tokens-limit",
        "x-ratelimit-limit-tokens-minute",
    ),
}
MOST = 10**12
Told = dict[str, int]
Client = TypeVar("Client")
_TOLD: ContextVar[Told | None] = ContextVar("told", default=None)


@contextmanager
def listening() -> Iterator[Told]:
    """Give what is told during a call, by the names above."""
    told: Told = {}
    token = _TOLD.set(told)
    try:
        yield told
    finally:
        _TOLD.reset(token)


def note(headers: Mapping[str, str], kinds: tuple[str, ...] = (REQUESTS, TOKENS)) -> None:
    """Note the limits of some kinds in an answer's headers."""
    told = _TOLD.get()
    if told is None:
        return
    small = {str(name).lower(): str(value) for name, value in headers.items()}
    for kind in kinds:
        for name in NAMES[kind]:
            said = small.get(name, "")
            if said.isdecimal() and 0 < int(said) < MOST:
                told[kind] = int(said)


def hook(*kinds: str) -> Callable[[EdslObject], Awaitable[None]]:
    """Return a hook for answers of ``httpx``."""

    async def read(response: EdslObject) -> None:
        note(response.headers, kinds or (REQUESTS, TOKENS))

    return read


def watched(client: Client, *kinds: str) -> Client:
    """Put a hook on the transport of a client that was made in the way of OpenAI's, and return it."""
    made: EdslObject = client
    watch(made._client, *kinds)
    return client


def watch(transport: EdslObject, *kinds: str) -> None:
    """Put a hook on a transport of ``httpx``."""
    hooks = transport.event_hooks
    transport.event_hooks = {**hooks, "response": [*hooks["response"], hook(*kinds)]}
