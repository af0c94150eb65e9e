"""Have the process die at a named point: no handler of errors runs then."""

from chalicelib.domain.fault_points import FaultPoint, listen


class KilledError(BaseException):
    """The process is gone."""


def dies_at(point: FaultPoint, times: int = 1) -> list[FaultPoint]:
    """Die at a point, so often; returns the list of deaths, which grows."""
    deaths: list[FaultPoint] = []

    def die(at: FaultPoint) -> None:
        if at is point and len(deaths) < times:
            deaths.append(at)
            raise KilledError

    listen(die)
    return deaths
