"""The certificates that providers' clients trust, read once before any child is forked.

Reading the system's takes some 40 ms, and each client does it anew when it is made, even for an address
without https: two of them in each slice's caller. What it reads is the same for all.
"""

from functools import cache

import httpcore2

from chalicelib.engine.edsl.types import EdslObject

EXPECTED: tuple[tuple[EdslObject, str, tuple[str, ...]], ...] = (
    (httpcore2, "default_ssl_context", ("_trust_env",)),
)


def install() -> None:
    """Have all clients that ask for nothing special share one context.

    It holds no connection and no secret, and a fork has its own copy. Clients that want another one, or
    none, make it themselves.
    """
    httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)
