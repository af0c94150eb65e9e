"""The environment variables of a packaged function: Lambda's own, and nothing of this machine's."""

import os
from collections.abc import Mapping
from pathlib import Path

from infra.local.access_key import VARIABLE, read_key
from infra.local.environment import REGION

FROM_THE_STAGE = ("PERCH_", "AWS_ENDPOINT_URL")


def lambda_environment(
    function: str, contents: Path, runtime: Path, *, megabytes: int, temporary: Path
) -> dict[str, str]:
    """Return what Lambda puts into the environment itself (AWS, "Defined runtime environment variables").

    There is no HOME, and nothing of this machine but where programs and certificates are.
    """
    kept = ("SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": str(runtime),
        "LAMBDA_TASK_ROOT": str(contents),
        "LAMBDA_RUNTIME_DIR": str(runtime),
        "_HANDLER": handler_of(function),
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_LAMBDA_FUNCTION_NAME": f"perch-dev-{function}",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(megabytes),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/perch-dev-{function}",
        # Each environment's own, as on Lambda: it tells whoever claims a slice from others.
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{function}/[$LATEST]{temporary.name}",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_SESSION_TOKEN": "local",
        # Lambda's /tmp is the function's own; here each has a folder that goes when it goes.
        "TMPDIR": str(temporary),
    }


def stage_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a stage gives its functions, out of the environment that the stack makes for one."""
    given = {name: value for name, value in environment.items() if name.startswith(FROM_THE_STAGE)}
    key = read_key(Path(environment[VARIABLE]))
    # On Lambda the key of the function's role is in its environment.
    return given | {"AWS_ACCESS_KEY_ID": key.identifier, "AWS_SECRET_ACCESS_KEY": key.secret}


def handler_of(function: str) -> str:
    """Return the handler's name in the template: the function behind the routes is the app itself."""
    return "app.app" if function == "api_handler" else f"app.{function}"
