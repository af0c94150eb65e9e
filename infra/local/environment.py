"""The environment variables of the stack's parts, built from nothing.

Whoever starts the stack may have AWS profiles, provider keys or an Expected Parrot key of their
own in the environment. None of them reaches a function: addresses and keys of services come from
the operator's table only, and "AWS" is the moto server of this stack and no other.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from infra.local.access_key import VARIABLE

REGION = "us-east-1"
MOST_OF_A_GROUP = "local-stack:most-of-a-group"
"""Tag of a queue: so many messages of a group are in flight at the most."""
ACCOUNT = "123456789012"

# What a process needs to run at all on this machine, and to reach the network it is allowed to.
_KEPT = {
    "PATH", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME", "VIRTUAL_ENV", "SYSTEMROOT",
    "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "LD_LIBRARY_PATH",
    "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
}  # fmt: skip
_KEPT_PREFIXES = ("LC_", "PERCH_")


def base_environment(home: Path) -> dict[str, str]:
    """Return what every part is given; ``home`` is a directory that it may write to."""
    kept = {
        name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    loopback = "localhost,127.0.0.1,::1"
    given = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    exempt = f"{given},{loopback}" if given else loopback
    return kept | {
        "HOME": str(home),
        # What a killed process leaves behind goes when the stack goes.
        "TMPDIR": str(home),
        "NO_PROXY": exempt,
        "no_proxy": exempt,
        "PYTHONUNBUFFERED": "1",
        # Neither a file nor an instance's metadata may supply credentials.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def aws_address(aws_port: int) -> str:
    """Return where the local AWS answers; clients follow signed addresses there too."""
    return f"http://localhost:{aws_port}"


def function_environment(
    base: Mapping[str, str],
    stage: Mapping[str, str],
    outputs: Mapping[str, str],
    aws_port: int,
    key_file: Path,
) -> dict[str, str]:
    """Return the environment of a function of stage *local*.

    ``stage`` are the variables of ``.chalice/config.json``, ``outputs`` those of
    ``infra/deploy/resources.yaml`` by their names there. PERCH_ variables of whoever started the stack
    come before the stage's; what this one stack made comes last.
    """
    chosen_by_the_operator = {name: value for name, value in base.items() if name.startswith("PERCH_")}
    return (
        dict(base)
        | dict(stage)
        | chosen_by_the_operator
        | {"PERCH_STAGE": "local", "PERCH_LIFT_TEST_MODEL_LIMIT": "true"}
        | {f"PERCH_{upper_snake(name)}": value for name, value in outputs.items()}
        | {
            "AWS_ENDPOINT_URL": aws_address(aws_port),
            VARIABLE: str(key_file),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        }
    )


def upper_snake(name: str) -> str:
    """Return ``JobsQueue`` as ``JOBS_QUEUE``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()
