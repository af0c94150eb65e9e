"""Let a function process die at a named place, once: the tests' way to kill at the worst moment.

``PERCH_DIES_AT=POINT[:N]`` names a fault point of ``chalicelib/domain/fault_points.py`` and how often
one process must reach it; ``PERCH_DIED_DIR`` is a directory in which the first to die leaves a mark,
so that no other process of the stack dies too. Without them nobody listens.
"""

import itertools
import os
import signal
from pathlib import Path

from chalicelib.domain import fault_points
from chalicelib.domain.fault_points import FaultPoint

WHERE = "PERCH_DIES_AT"
MARKS = "PERCH_DIED_DIR"


def die_where_told() -> None:
    """Listen to the fault points if the environment says so. Raises ValueError for an unknown point."""
    told = os.environ.get(WHERE)
    if not told:
        return
    name, _, times = told.partition(":")
    fatal, number = FaultPoint(name), int(times or 1)
    mark = Path(os.environ[MARKS]) / name
    reached = itertools.count(1)  # its next is one step, whichever threads ask

    def listener(point: FaultPoint) -> None:
        if point == fatal and next(reached) == number and _first(mark):
            os.kill(os.getpid(), signal.SIGKILL)

    fault_points.listen(listener)


def _first(mark: Path) -> bool:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
