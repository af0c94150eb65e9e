"""When a schedule is due, whatever the time is."""

from infra.local.functions.schedule_slot import Beat


def invoked_at(beat: Beat, looks: list[float], takes: float = 0.0) -> list[float]:
    """Return at which of these moments it was due, if each invocation takes so long."""
    found: list[float] = []
    for now in looks:
        if beat.left(now) <= 0 and (not found or now >= found[-1] + takes):
            beat.invoked(now)
            found.append(now)
    return found


def test_nothing_is_due_before_it_begins() -> None:
    beat = Beat(60)
    assert beat.left(1e12) > 0


def test_it_is_due_as_it_begins_and_then_at_its_rate() -> None:
    beat = Beat(60)
    beat.begin(1000)
    assert invoked_at(beat, [1000 + second for second in range(200)]) == [1000, 1060, 1120, 1180]
    assert beat.left(1190) == 50


def test_what_it_misses_is_left_out() -> None:
    beat = Beat(60)
    beat.begin(1000)
    assert invoked_at(beat, [1000, 1500, 1501, 1559, 1560]) == [1000, 1500, 1560]


def test_after_an_invocation_longer_than_its_rate_comes_the_next_at_once() -> None:
    beat = Beat(60)
    beat.begin(1000)
    assert invoked_at(beat, [1000 + second for second in range(250)], takes=100) == [1000, 1100, 1200]
