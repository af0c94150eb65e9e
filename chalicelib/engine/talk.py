"""How the worker talks with a child, whose silence, death and lies are errors in words."""

import contextlib

from chalicelib.domain.errors import EngineError
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.runs.walls import Walls
from chalicelib.engine.sandbox.fork_server import Child
from chalicelib.engine.wire import messages
from chalicelib.engine.wire.checks import broken_protocol
from chalicelib.engine.wire.frames import FrameError, FrameTimeoutError


class DiedError(EngineError):
    """The child has ended too early, or was killed."""


class OverranError(EngineError):
    """The child's time is over."""


def tell(child: Child, message: Json, deadline: float) -> None:
    """Send a child a message; raises EngineError."""
    try:
        child.channel.send(message, deadline)
    except OSError as error:
        raise died() from error
    except FrameTimeoutError as error:
        raise overran() from error
    except FrameError as error:
        raise EngineError("The job is too large for the survey engine.") from error


def tell_if_there(child: Child, message: Json) -> None:
    """Send a child a message; one that is gone needs to know nothing. Raises EngineError."""
    with contextlib.suppress(OSError, ValueError):
        try:
            child.channel.send(message)
        except FrameError as error:
            raise EngineError("The cache's entries are too large for the survey engine.") from error


def hear(child: Child, deadline: float | None) -> Document:
    """Return a child's next message; raises EngineError, or what the child says has gone wrong."""
    try:
        message = child.channel.receive(deadline)
    except OSError as error:
        raise died() from error
    except FrameTimeoutError as error:
        raise overran() from error
    except FrameError as error:
        raise broken_protocol() from error
    if message is None:
        raise died()
    if not isinstance(message, dict):
        raise broken_protocol()
    if "error" in message:
        raise messages.error_of(message)
    return message


def hear_walls(child: Child, deadline: float) -> Walls:
    """Return which walls a jail says to have around it, before it has read anything of a stranger's."""
    try:
        return Walls.of(hear(child, deadline)["walls"])
    except (KeyError, TypeError) as error:
        raise broken_protocol() from error


def died() -> DiedError:
    """Return the error for a child that has gone."""
    return DiedError("The survey engine stopped before it had finished.")


def overran() -> OverranError:
    """Return the error for a child that takes too long."""
    return OverranError("The survey engine did not finish in time and was stopped.")
