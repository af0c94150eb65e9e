"""edsl reads its settings when it is imported, so before any test module is: it must not call home."""

import os
import tempfile
import warnings

os.environ["EDSL_FETCH_TOKEN_PRICES"] = "False"
os.environ["EXPECTED_PARROT_URL"] = "http://localhost:9"
os.environ.pop("EXPECTED_PARROT_API_KEY", None)
os.environ.setdefault("EDSL_LOG_DIR", tempfile.mkdtemp(prefix="perch-edsl-log-"))

with warnings.catch_warnings():
    # edsl's own warnings, which are errors in these tests, come when its modules are imported.
    warnings.simplefilter("ignore")
    import tests.shapes  # noqa: F401
