"""One slice after the other, run by an engine in a process of its own: ``… engine_slice split|direct``.

``split`` is the engine as it is: a jail, a caller, and the worker between them. ``direct`` is what a slice
costs at the least: one child of the same kind, which asks its models itself. Reads orders from its input,
a line of JSON each, and answers each with what it took.
"""

import argparse
import gc
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any, NoReturn

import psutil

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.subset import excerpt_of_document
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import FoundEntry, RecordedResponse, SliceOrder, ValidAnswer
from chalicelib.engine.engine import Engine
from chalicelib.engine.sandbox.kernel.processes import die_with_parent
from chalicelib.engine.wire import messages
from chalicelib.engine.wire.checks import SliceCheck
from chalicelib.engine.wire.frames import MAXIMUM_ANSWER, MAXIMUM_REQUEST, FrameChannel
from chalicelib.settings import Settings

PAUSE_SECONDS = 0.02
SERVICE = "openai"
"""Whose client is imported before the first slice."""


class Nothing:
    """A store that keeps nothing: what a table takes is no part of the engine's cost."""

    def keep(self, answers: Sequence[RecordedResponse]) -> None:
        """Let answers go."""

    def find(self, _: Sequence[str]) -> dict[str, FoundEntry]:
        """Find nothing."""
        return {}

    def add(self, answers: Sequence[ValidAnswer]) -> None:
        """Let entries go."""

    def file(self, _: str) -> None:
        """Have no files."""


class Split:
    """The engine as it is."""

    def __init__(self) -> None:
        self._engine = Engine()
        self._engine.start([SERVICE])

    def run(self, order: SliceOrder) -> int:
        """Run an order."""
        return sum(row.good for row in self._engine.run(order, Nothing()))

    def seconds_of_others(self) -> float:
        """Return the processor time of the fork server and of all its children, once those are gone."""
        (server,) = psutil.Process().children()
        while server.children():
            time.sleep(PAUSE_SECONDS)
        times = server.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)


class Direct:
    """One child for all of it, forked like any other."""

    def __init__(self) -> None:
        from chalicelib.engine.child import child  # noqa: PLC0415 - the other way must not load edsl
        from chalicelib.engine.edsl.providers.clients import Prepared  # noqa: PLC0415

        child.warm_up()
        Prepared().prepare([SERVICE])
        gc.collect()
        gc.freeze()

    def run(self, order: SliceOrder) -> int:
        """Run an order."""
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _become_child(parent, theirs)
        theirs.close()
        channel = FrameChannel(ours)
        channel.send(messages.run_request(order))
        good = sum(row.good for row in _rows(channel, order))
        channel.close()
        os.waitpid(pid, 0)
        return good

    def seconds_of_others(self) -> float:
        """Return the processor time of all children."""
        return _seconds(RUSAGE_CHILDREN)


def _become_child(parent: int, connection: socket.socket) -> NoReturn:
    from chalicelib.engine.child import child  # noqa: PLC0415
    from chalicelib.engine.child.rehearsal import ModelsAtHand  # noqa: PLC0415
    from chalicelib.engine.edsl import seams  # noqa: PLC0415
    from chalicelib.engine.run.deadlines import Deadlines  # noqa: PLC0415
    from chalicelib.engine.run.sender import Sender  # noqa: PLC0415
    from chalicelib.engine.run.slice_run import SliceRun  # noqa: PLC0415

    status = 1
    try:
        os.setsid()
        die_with_parent(parent)
        child.settle(Path.cwd() / f"child-{os.getpid()}")
        channel = FrameChannel(connection, receives=MAXIMUM_REQUEST, sends=MAXIMUM_ANSWER)
        order = messages.order_of(_heard(channel))
        seams.ADMISSION.open_for(service.name for service in order.services)
        sender = Sender(channel)
        models = ModelsAtHand(order.services)
        run = SliceRun(order, Deadlines(order.seconds, order.interview_seconds), sender, models)
        sender.finish(messages.end_message(run.run()))
        status = 0
    finally:
        os._exit(status)


def _rows(channel: FrameChannel, order: SliceOrder) -> Iterator[InterviewRow]:
    check = SliceCheck(position.index for position in order.subset.positions)
    while "end" not in (message := _heard(channel)):
        if "settled" not in message:
            yield check.row_of(message)
    check.end(message)


def _heard(channel: FrameChannel) -> Document:
    message: Document | None = channel.receive()
    if message is None:
        raise EOFError
    return message


def _seconds(whose: int) -> float:
    used = getrusage(whose)
    return used.ru_utime + used.ru_stime


def order_of(said: Json) -> SliceOrder:
    """Return the order that a line asks for: a whole job as one slice, and where its models are."""
    document = json.loads(Path(said["job"]).read_text())
    return SliceOrder(
        subset=excerpt_of_document(document, range(said["interviews"]), 1),
        seed="bench",
        calls_in_flight=Settings.model_fields["calls_in_flight"].default,
        services=tuple(Service(**service) for service in said["services"]),
        lift_test_model_limit=True,
    )


def measured(way: Split | Direct, order: SliceOrder) -> dict[str, Any]:
    """Run an order; return what it took: by the clock, and processor time of all processes together."""
    before = _seconds(RUSAGE_SELF) + way.seconds_of_others()
    began = time.monotonic()
    good = way.run(order)
    seconds = time.monotonic() - began
    own = _seconds(RUSAGE_SELF)
    return {"good": good, "seconds": seconds, "processor_seconds": own + way.seconds_of_others() - before}


def main() -> None:
    """Run what is asked for until nobody asks any more."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["split", "direct"])
    with tempfile.TemporaryDirectory(prefix="perch-bench-") as folder:
        os.chdir(folder)
        way: Split | Direct = Split() if parser.parse_args().way == "split" else Direct()
        for line in sys.stdin:
            print(json.dumps(measured(way, order_of(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
