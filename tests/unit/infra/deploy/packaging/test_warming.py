"""The functions that need edsl start it while they start; the others never do."""

import pytest

from chalicelib.events import warming


class Started:
    """Notes that it was started."""

    def __init__(self) -> None:
        self.times = 0

    def start(self) -> None:
        self.times += 1


@pytest.mark.parametrize(
    ("handler", "times"),
    [
        ("app.worker", 1),
        ("app.dispatcher", 1),
        ("app.app", 0),
        ("app.finalizer", 0),
        ("app.job_dead_letters", 0),
        (None, 0),
    ],
)
def test_who_starts_the_engine(handler: str | None, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    started = Started()
    monkeypatch.setattr(warming, "start_engine", started.start)
    assert warming.warm_up({} if handler is None else {"_HANDLER": handler}) is bool(times)
    assert started.times == times


@pytest.mark.parametrize(("handler", "handles"), [("app.app", False), ("app.worker", True), (None, True)])
def test_who_is_handed_messages(handler: str | None, handles: bool) -> None:
    assert warming.handles_events({} if handler is None else {"_HANDLER": handler}) is handles
