"""A worker's hold on a slice: short, renewed, and noticed when it is lost."""

import threading
from dataclasses import replace

from chalicelib.domain.job import Slice
from chalicelib.services.delivery import Delivery
from chalicelib.services.parts import parts
from chalicelib.storage.transaction import LostRaceError


class LeaseLostError(Exception):
    """Another worker has the slice by now: this one was silent for longer than its lease."""


class Lease:
    """One claim of one slice."""

    def __init__(self, held: Slice, delivery: Delivery) -> None:
        self._held = held
        self._delivery = delivery
        self._fruitful = False
        self._lost = False
        self._ended = False
        self._lock = threading.Lock()

    @property
    def held(self) -> Slice:
        """The slice as this worker last wrote it."""
        return self._held

    def bear_fruit(self) -> None:
        """Note that something came of this claim."""
        self._fruitful = True

    def check(self) -> None:
        """Raise LeaseLostError if the slice is somebody else's: nothing more must be paid for."""
        if self._lost:
            raise LeaseLostError

    def beat(self) -> None:
        """Hold the message, and renew the lease where a third of it is used up."""
        self._delivery.renew()
        with self._lock:
            now = parts().clock()
            length = parts().settings.lease_seconds * 1000
            if self._ended or self._lost or self._held.lease_until - now > length * 2 / 3:
                return
            fruitless = 0 if self._fruitful else self._held.fruitless
            renewed = replace(self._held, lease_until=now + length, fruitless=fruitless)
            try:
                parts().jobs.keep_hold(renewed)
            except LostRaceError:
                self._lost = True
            else:
                self._held = renewed

    def give_back(self) -> Slice:
        """Give the slice back unfinished; whoever comes next goes on with it. Returns it as it is now.

        Raises LeaseLostError.
        """
        with self._lock:
            self._ended = True
            released = self._held.released(fruitful=self._fruitful)
            try:
                parts().jobs.keep_hold(released)
            except LostRaceError as error:
                raise LeaseLostError from error
            return released
