"""One engine for all tests of the room: its fork server takes two seconds to import edsl."""

import os
import tempfile
import warnings
from collections.abc import Iterator

import pytest

# The local runs that the engine is compared with must not call home either. edsl reads its
# settings when it is imported, so before any test module is.
os.environ["EDSL_FETCH_TOKEN_PRICES"] = "False"
os.environ["EXPECTED_PARROT_URL"] = "http://localhost:9"
os.environ.pop("EXPECTED_PARROT_API_KEY", None)
os.environ["EDSL_LOG_DIR"] = tempfile.mkdtemp(prefix="perch-edsl-log-")

with warnings.catch_warnings():
    # edsl's own warnings, which are errors in these tests, come when its modules are imported.
    warnings.simplefilter("ignore")
    import tests.support.shapes  # noqa: F401

from chalicelib.engine.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine() as started:
        yield started
