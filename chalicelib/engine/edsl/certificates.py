"""The certificates that providers' clients trust, read once before any child is forked.

Reading them takes some 20 ms, and each client does it anew when it is made, even for an address without
https. What it reads is the same for all.
"""

import ssl
from functools import cache

import httpx
from httpx._transports import default

from chalicelib.engine.edsl.types import EdslObject

EXPECTED: tuple[tuple[EdslObject, str, tuple[str, ...]], ...] = (
    (httpx, "create_ssl_context", ("verify", "cert", "trust_env")),
    (default, "create_ssl_context", ("verify", "cert", "trust_env")),
)


def install() -> None:
    """Have all clients that ask for nothing special share one context.

    It holds no connection and no secret, and a fork has its own copy. Clients that want another one, or
    none, make it themselves.
    """
    make = httpx.create_ssl_context
    shared = cache(make)
    shared()

    def create(
        verify: ssl.SSLContext | str | bool = True, cert: EdslObject = None, trust_env: bool = True
    ) -> ssl.SSLContext:
        if verify is True and cert is None and trust_env:
            return shared()
        return make(verify=verify, cert=cert, trust_env=trust_env)

    httpx.create_ssl_context = create
    transports: EdslObject = default
    transports.create_ssl_context = create
