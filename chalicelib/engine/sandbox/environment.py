"""The environment that the engine's processes start with: an allowlist, built anew."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PASSED_ON = ("PATH", "LANG", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""The loader's path and the certificates are how a Lambda environment finds its own parts."""

MEMORY_OF_FUNCTION = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
"""In megabytes, where a worker is a function: on AWS, and in the local stack."""
MEBIBYTE = 1024 * 1024
MEMORY_ELSEWHERE = 1024 * MEBIBYTE

NOBODY = "http://localhost:9"
"""The discard port: whoever calls home by a way that the seams do not close reaches nothing."""


def fork_server_environment(home: Path, outer: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the whole environment of the fork server, whose private writable directory is ``home``.

    Nothing that is not named here gets in: no credentials, no ``PERCH_*``, no
    ``EXPECTED_PARROT_API_KEY``, no provider's key, no proxy with a password.
    """
    outer = os.environ if outer is None else outer
    passed = {name: outer[name] for name in PASSED_ON if name in outer}
    return {
        "LANG": "C.UTF-8",
        **passed,
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONPATH": os.pathsep.join(import_path()),
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "EDSL_FETCH_TOKEN_PRICES": "False",
        "EDSL_LOG_LEVEL": "CRITICAL",
        "EDSL_LOG_DIR": str(home),
        "EXPECTED_PARROT_URL": NOBODY,
        "EDSL_CAS_URL": NOBODY,
        "EDSL_GIT_SERVER_URL": NOBODY,
        "EDSL_SURVEY_GENERATION_URL": NOBODY,
    }


def memory_bytes(outer: Mapping[str, str] | None = None) -> int:
    """Return what a child may use beyond what it has at its beginning: its function's size."""
    said = (os.environ if outer is None else outer).get(MEMORY_OF_FUNCTION, "")
    return int(said) * MEBIBYTE if said.isdecimal() and int(said) else MEMORY_ELSEWHERE


def import_path() -> list[str]:
    """Return the folders that Perch and edsl are imported from, here or in a Lambda package."""
    own = str(Path(__file__).resolve().parents[3])
    here = [os.path.abspath(entry or os.getcwd()) for entry in sys.path]
    return list(dict.fromkeys([own, *here]))


def prepare_home(home: Path) -> None:
    """Lay out the private directory.

    The empty ``.env`` is a stopper: edsl looks for one from the working directory upwards and
    lets it override the environment, and ``/tmp`` is anybody's.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / ".env").touch()
