"""One function's process, seen from the runtime: started, invoked, killed when its time is over."""

import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import StackError
from infra.local.functions import wire
from infra.local.parts.held import Starter
from infra.local.stage import Limits

MODULE = "infra.local.functions.process"
PACKAGED_MODULE = "infra.local.packaged.process"


class InvocationError(Exception):
    """The function raised an error; its process lives on."""


class FunctionEndedError(Exception):
    """The function outlived its time limit or its process ended; either way it is gone."""

    def __init__(self, sentence: str, *, too_late: bool = False) -> None:
        super().__init__(sentence)
        self.too_late = too_late


@dataclass(frozen=True)
class Function:
    """One handler of the application, what stage *local* allows it, and how long it may take to start.

    With ``packaged``, the description of a package, it is that package's function.
    """

    app: str
    handler: str
    limits: Limits
    start_seconds: float
    packaged: Path | None = None

    @property
    def module(self) -> str:
        """What one of its processes runs."""
        return MODULE if self.packaged is None else PACKAGED_MODULE

    @property
    def source(self) -> tuple[str, str]:
        """The option that tells a process where the handler is from."""
        return ("--app", self.app) if self.packaged is None else ("--packaged", str(self.packaged))


class FunctionProcess:
    """One environment of one function."""

    def __init__(self, function: Function, environment: Mapping[str, str], log: Path, start: Starter) -> None:
        self._function = function
        self._connection, theirs = socket.socketpair()
        with theirs:
            self.part = start(
                module=function.module,
                arguments=[
                    *function.source,
                    *("--handler", function.handler),
                    *("--megabytes", str(function.limits.megabytes)),
                    *("--descriptor", str(theirs.fileno())),
                ],
                environment={
                    **environment,
                    "AWS_LAMBDA_FUNCTION_NAME": function.handler,
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.limits.megabytes),
                    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                },
                log=log,
                descriptors=[theirs.fileno()],
            )

    def wait_until_ready(self) -> None:
        """Wait until the application is imported. Raises StackError with the reason if it cannot be."""
        handler, seconds = self._function.handler, self._function.start_seconds
        try:
            answer = wire.receive(self._connection, seconds)
        except wire.TooLateError as problem:
            self.kill()
            raise StackError(f"The function {handler} did not start within {seconds:g} seconds.") from problem
        except wire.PeerGoneError as problem:
            self.part.let_end()
            self.kill()
            raise StackError(f"The function {handler} {self.part.ending()} while it started.") from problem
        if "failed" in answer:
            self.kill()
            raise StackError(f"The function {handler} cannot start: {answer['failed']}.")

    def invoke(self, event: object) -> object:
        """Return what the handler returns.

        Raises InvocationError for its own error, FunctionEndedError if it had to be killed or died.
        """
        seconds = self._function.limits.seconds
        handler = self._function.handler
        try:
            wire.send(self._connection, {"id": str(uuid.uuid4()), "seconds": seconds, "event": event})
            answer = wire.receive(self._connection, seconds)
        except wire.TooLateError as problem:
            self.kill()
            raise FunctionEndedError(
                f"{handler} was killed after {seconds} seconds", too_late=True
            ) from problem
        except wire.PeerGoneError as problem:
            self.part.let_end()
            self.kill()
            raise FunctionEndedError(f"the process of {handler} {self.part.ending()}") from problem
        if "error" in answer:
            raise InvocationError(f"{handler} raised {answer['error']}")
        return answer["result"]

    def usable(self) -> bool:
        """Say whether it can be invoked again."""
        return self._connection.fileno() >= 0 and self.part.running()

    def kill(self) -> None:
        """End the process and everything it started."""
        self.part.kill()
        self._connection.close()
