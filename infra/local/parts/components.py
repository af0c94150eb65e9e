"""How each part of the stack is started: the local AWS, the embedded model, the API."""

import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.grants.environment import its_own
from infra.local.command_line.parser import DEFAULT_START_SECONDS
from infra.local.data.directory import ClaimedDirectory
from infra.local.embedded_model.service import MODEL_KEY
from infra.local.moto.paths import ALIVE
from infra.local.parts.component import Component
from infra.local.parts.held import HeldProcess, Starter
from infra.local.parts.part import Part
from infra.local.stage import API_FUNCTION, Stage

HTTP_SERVER = "infra.local.http.server"
LARGE_BLOCKS_GO_BACK = {"MALLOC_MMAP_THRESHOLD_": "1000000"}
"""glibc would keep what a large body took for the next one."""


def local_aws(
    port: int,
    listening: Sequence[socket.socket],
    environment: Mapping[str, str],
    log: Path,
    *,
    key_file: Path,
    also_called: str = "",
    data: ClaimedDirectory | None = None,
    again: Callable[[], None] | None = None,
    start_seconds: float = DEFAULT_START_SECONDS,
) -> Component:
    """Start moto's server.

    Without ``data`` it is not restarted: an empty AWS would look like one never used. With it, it is,
    and ``again`` must make the resources.
    """
    descriptors = [listener.fileno() for listener in listening]
    kept = ["--data", str(data.directory)] if data else []
    named = ["--also-called", also_called] if also_called else []

    def start() -> Part:
        return Part(
            module="infra.local.moto.server",
            arguments=["--key-file", str(key_file), *_arguments(descriptors), *kept, *named],
            environment={**environment, **LARGE_BLOCKS_GO_BACK},
            log=log,
            # Who writes to the directory holds its lock, even when the supervisor is gone.
            descriptors=[*descriptors, data.descriptor] if data else descriptors,
        )

    return Component(
        called="The local AWS",
        start=start,
        address=f"http://127.0.0.1:{port}{ALIVE}",
        loss=None if data else "What it held is gone: stop the stack and start it again.",
        again=again,
        start_seconds=start_seconds,
    )


def model(
    port: int, key: str, environment: Mapping[str, str], log: Path, *, start_seconds: float
) -> Component:
    """Start the embedded model on a port of 127.0.0.1; it answers only who brings the key."""

    def start() -> Part:
        return Part(
            module="infra.local.embedded_model.front",
            arguments=["--port", str(port)],
            environment={**environment, MODEL_KEY: key},
            log=log,
        )

    return Component(
        called="The embedded model",
        start=start,
        address=f"http://127.0.0.1:{port}/health",
        loss=None,
        start_seconds=start_seconds,
    )


def api(
    application: str,
    stage: Stage,
    conditions: Path,
    *,
    aws_port: int,
    listening: Sequence[socket.socket],
    environment: Mapping[str, str],
    log: Path,
    start: Starter,
    packaged: Path | None = None,
) -> Component:
    """Start the HTTP server; it reads from ``conditions`` how the other parts are.

    Requests for signed addresses go on to the local AWS. With ``packaged``, the description of a package,
    that package's function answers all others.
    """
    limits = stage.limits(API_FUNCTION)
    from_package = (
        [*("--packaged", str(packaged), "--megabytes", str(limits.megabytes), "--log", str(log))]
        if packaged
        else []
    )
    descriptors = [listener.fileno() for listener in listening]

    def start_api() -> HeldProcess:
        return start(
            module=HTTP_SERVER,
            arguments=[
                *("--app", application),
                *("--seconds", str(limits.seconds)),
                *("--conditions", str(conditions)),
                *("--files-port", str(aws_port)),
                *from_package,
                *_arguments(descriptors),
            ],
            environment=its_own(API_FUNCTION, environment),
            log=log,
            descriptors=descriptors,
        )

    # Its own health is asked through it, so it has no address to be asked at here.
    return Component(called="The API", start=start_api, address=None, loss=None)


def _arguments(descriptors: Sequence[int]) -> list[str]:
    return [text for descriptor in descriptors for text in ("--descriptor", str(descriptor))]
