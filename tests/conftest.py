"""What all tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from chalicelib.logs.context import about

# How long an example takes says more of the machine than of the code.
settings.register_profile("perch", deadline=None)
settings.load_profile("perch")


@pytest.fixture(autouse=True)
def lines_know_nothing() -> Iterator[None]:
    """What lines of the log are about ends with a test, as it does with an invocation."""
    with about():
        yield
