"""A warm worker reads a job once, and holds one job at the most."""

from chalicelib.services.prepared import prepared
from tests.unit.conftest import Stage


def test_slices_of_one_job_read_it_once(stage: Stage) -> None:
    files = stage.parts.files
    files.write("test-prepared/a", b'{"job": 1}')
    files.write("test-prepared/b", b'{"job": 2}')
    first = prepared("test-prepared/a")
    files.write("test-prepared/a", b'{"job": 3}')
    assert prepared("test-prepared/a") is first
    assert prepared("test-prepared/b") == {"job": 2}
    assert prepared("test-prepared/a") == {"job": 3}  # forgotten for the other job, and read again
