"""All function processes of the stack, started together and asked how they are."""

from collections.abc import Sequence

from infra.local.functions.schedule_slot import ScheduleSlot
from infra.local.functions.slot import Slot
from infra.local.health import OK
from infra.local.parts.held import HeldProcess


class Runtime:
    """All slots of the stack."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._slots = list(slots)

    def start(self) -> None:
        """Start every function process, wait until all have imported the application, begin the schedules.

        Raises StackError with the first reason if one cannot.
        """
        for slot in self._slots:
            slot.start()
        for slot in self._slots:
            slot.started.wait()
            if slot.failure is not None:
                raise slot.failure
        # At once, not after their first wait: what stood still with the last stack goes on.
        for slot in self._slots:
            if isinstance(slot, ScheduleSlot):
                slot.begin()

    def conditions(self) -> dict[str, str]:
        """Return each slot's condition by its name, ``ok`` or a sentence, and the runtime's own."""
        dead = [slot.name for slot in self._slots if not slot.alive()]
        own = f"Nobody invokes {dead[0]} any more." if dead else OK
        return {"runtime": own} | {slot.name: slot.how_it_is() for slot in self._slots}

    def stop(self) -> list[HeldProcess]:
        """Invoke nothing more; return the processes that are still to be killed."""
        return [part for slot in self._slots if (part := slot.stop()) is not None]
