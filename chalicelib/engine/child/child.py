"""A child's life: one request from its own socket, then the end."""

import os
import tempfile
import traceback
from pathlib import Path

from chalicelib.domain.errors import EngineError, PerchError
from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs.engine_port import Inspection
from chalicelib.engine.child import rehearsal
from chalicelib.engine.child.caller import make_calls
from chalicelib.engine.edsl import filtering, loading, seams
from chalicelib.engine.run import failures, slice_run
from chalicelib.engine.sandbox.environment import prepare_home
from chalicelib.engine.sandbox.roles import Role
from chalicelib.engine.wire import messages
from chalicelib.engine.wire.frames import FrameChannel


def warm_up() -> None:
    """Import and install all that every child would otherwise do anew. Starts no thread."""
    seams.install()
    failures.install()
    loading.warm_up()
    rehearsal.rehearse()


def settle(home: Path) -> None:
    """Give this child a directory of its own: children must not meet in a shared one."""
    prepare_home(home)
    os.chdir(home)
    os.environ["HOME"] = os.environ["TMPDIR"] = str(home)
    tempfile.tempdir = str(home)


def serve(channel: FrameChannel, role: Role) -> None:
    """Answer one request. Only a jail has to do with jobs, and it never with keys."""
    request = channel.receive()
    if request is None:
        return
    try:
        if role is Role.JAIL:
            answer(channel, request)
        else:
            make_calls(messages.services_of(request), channel)
    except PerchError as error:
        channel.send(messages.error_message(error))
    except Exception as error:  # noqa: BLE001  # the process border: whatever it is, say so in words
        traceback.print_exc()
        channel.send(messages.error_message(failure(error)))


def answer(channel: FrameChannel, request: Document) -> None:
    """Do what a request asks."""
    match request["request"]:
        case "run":
            slice_run.run_slice(messages.order_of(request), channel)
        case "select":
            selected = filtering.select(request["job"], request["first"])
            channel.send(messages.selection_message(selected))
        case _:
            inspection = inspect(request["job"], request["services"])
            channel.send(messages.inspection_message(inspection))


def inspect(document: object, names: list[str]) -> Inspection:
    """Load a job and tell what it asks, and of whom."""
    seams.ADMISSION.open_for(names)
    job = loading.load(loading.checked(document))
    uses = [
        ModelUse(service=model._inference_service_, model=model.model) for model in loading.models_of(job)
    ]
    return Inspection(questions=len(job.survey.questions), models=tuple(dict.fromkeys(uses)))


def failure(error: Exception) -> EngineError:
    """Return the sentence for an error nobody foresaw; its text may hold anything, so only its name."""
    return EngineError(f"The survey engine failed with {type(error).__name__}.")
