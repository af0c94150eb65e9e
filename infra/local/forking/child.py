"""From a fork of the fork server to a process of its own.

Of what both have in memory nothing has to be made anew: the fork server has no connections, no clients and
one thread, and Python seeds ``random`` again in each fork.
"""

import fcntl
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from infra.local.forking.order import Order


@dataclass(frozen=True)
class Child:
    """What a forked process is to become, and what it was given for that."""

    order: Order
    lifeline: int
    log: int
    descriptors: Sequence[int]
    threads: int
    """How many the fork server had."""

    def become(self) -> None:
        """Be that process until its end: session, environment, descriptors, ``main``."""
        os.setsid()
        for given, number in ((self.lifeline, 0), (self.log, 1), (self.log, 2)):
            os.dup2(given, number)
        os.close(self.lifeline)
        os.close(self.log)
        if self.threads > 1:
            raise RuntimeError(
                "What the application imports has started a thread, which a forked process would lack,"
                " perhaps while it holds a lock."
            )
        _renumber(self.descriptors, self.order.numbers)
        os.environ.clear()
        os.environ.update(self.order.environment)
        sys.argv = [self.order.module, *self.order.arguments]
        importlib.import_module(self.order.module).main()


def _renumber(descriptors: Sequence[int], numbers: Sequence[int]) -> None:
    """Give descriptors the numbers that they have in the supervisor, whatever they have now."""
    above = 1 + max(numbers, default=0)
    moved = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, above) for descriptor in descriptors]
    for descriptor in descriptors:
        os.close(descriptor)
    for descriptor, number in zip(moved, numbers, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
