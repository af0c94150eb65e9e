"""The process that plays AWS: ``python -m infra.local.moto.server --descriptor N …``."""

import argparse
import gc
import os
import socket
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

import moto.moto_server.werkzeug_app as moto_app
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from infra.local.access_key import read_key
from infra.local.data import keeping
from infra.local.errors import StackError
from infra.local.moto import mends
from infra.local.moto.connections import RequestHandler
from infra.local.moto.door import Dispatcher, Door
from infra.local.moto.signatures import Verifier
from infra.local.parts.lifeline import die_with_supervisor

BODIES = "bodies"
"""Beside the key, which lies where only this stack is at home."""


def main() -> None:
    """Serve on the listening sockets that were handed over, until the supervisor is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--descriptor", type=int, action="append", required=True)
    parser.add_argument("--key-file", type=Path, required=True, help="what requests must be signed with")
    parser.add_argument("--also-called", default="", help="HOST:PORT at which callers reach S3 by a gateway")
    # For the tests that show what the mends are for.
    parser.add_argument("--without-mends", action="store_true")
    parser.add_argument("--data", type=Path, help="where to keep what is written; the caller has locked it")
    given = parser.parse_args()
    die_with_supervisor()
    # No page of another address may read an answer.
    moto_app.DISABLE_GLOBAL_CORS = True
    if not given.without_mends:
        mends.apply()
    try:
        if given.data is not None:
            keeping.keep_in(given.data)
        else:
            keeping.lay_bodies_in(given.key_file.parent / BODIES)
    except (OSError, ValueError, sqlite3.Error, StackError) as problem:
        sys.exit(f"The data directory cannot be used any more: {problem}.")
    verifier = Verifier(read_key(given.key_file))
    application = Dispatcher(_application_of)
    servers = [
        _server(application, verifier, descriptor, given.also_called) for descriptor in given.descriptor
    ]
    # All that moto and botocore are made of stays; to look through it takes longer than many requests.
    gc.collect()
    gc.freeze()
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _application_of(service: str) -> Any:  # noqa: ANN401 - moto's
    """Return what answers for a service, not to be debugged as moto has it: that makes a class a request."""
    application = create_backend_app(service)
    application.debug = False
    return application


def _server(application: Dispatcher, verifier: Verifier, descriptor: int, also: str) -> BaseWSGIServer:
    host, port = socket.socket(fileno=os.dup(descriptor)).getsockname()[:2]
    door = Door(application, verifier, port=port, also=also)
    return make_server(host, port, door, threaded=True, request_handler=RequestHandler, fd=descriptor)


if __name__ == "__main__":
    main()
