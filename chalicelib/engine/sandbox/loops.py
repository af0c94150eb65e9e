"""Event loops made before the walls stand: a loop needs two sockets of its own, which a jail gets no more."""

import asyncio

READY = 8
"""A slice takes one; edsl makes one of its own here and there."""


class ReadyLoops(asyncio.DefaultEventLoopPolicy):
    """Gives out loops that were made before, and no others."""

    def __init__(self, count: int = READY) -> None:
        super().__init__()
        self._ready = [super(ReadyLoops, self).new_event_loop() for _ in range(count)]

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Return one of the loops."""
        if not self._ready:
            raise RuntimeError("This process has used up its event loops.")
        return self._ready.pop()
