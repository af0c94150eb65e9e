"""No file that a job brings has a caller read a path: it writes the content down and names it itself."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.engine.sandbox.environment import fork_server_environment, prepare_home
from infra.repository import ROOT

READING = ("bedrock", "openai", "openai_v2", "perplexity", "meta")
"""edsl's services that look at files and have a client here; Google's reads ``path`` as Bedrock's does."""
KINDS = ("image/png", "application/pdf", "text/plain")
HOSTILE = "/proc/self/environ"
PROGRAM = """
import asyncio, contextlib, json, os, sys, tempfile
from pathlib import Path
from chalicelib.domain.providers.service import Service
from chalicelib.engine.child import child
from chalicelib.engine.edsl import calling, seams
seams.install()
home = Path(sys.argv[1])
child.settle(home)
opened = []

def watch(event, given):
    if event == "open":
        opened.append(str(given[0]))
    elif event in ("socket.connect", "socket.getaddrinfo"):
        raise ConnectionRefusedError

async def ask(service, kind):
    models = calling.ConnectedModels([Service(service, None, "a key of twenty letters")])
    for name, text in content(kind).items():
        models.bring("d", name, text)
    model = {"model": "a-model", "parameters": {}, "inference_service": service}
    prompts = {"user_prompt": "u", "system_prompt": "s"}
    with contextlib.suppress(Exception):
        await asyncio.wait_for(models.ask(model, prompts, ["d"]), 2)

def content(kind):
    texts = {"base64_string": "aGVsbG8=", "mime_type": kind, "suffix": sys.argv[2], "extracted_text": "hello"}
    return {**texts, "path": sys.argv[2], "external_locations": sys.argv[2]}

sys.addaudithook(watch)
for kind in sys.argv[4].split():
    for service in sys.argv[3].split():
        asyncio.run(ask(service, kind))
file = calling._file(content("text/plain"))
print(json.dumps([opened, file.path, Path(file.path).read_text(), file.external_locations]))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what was opened, where a file was written, what is in it, and where else it is said to lie."""
    home = tmp_path_factory.mktemp("caller")
    prepare_home(home)
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            PROGRAM,
            str(home),
            HOSTILE,
            " ".join(READING),
            " ".join(KINDS),
        ],
        env={**fork_server_environment(home), "PYTHONPATH": str(ROOT), "HOME_OF_CALLER": str(home)},
        cwd=home,
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    return home, json.loads(done.stdout.splitlines()[-1])


def test_no_path_of_a_jobs_choosing_is_opened(told: Any) -> None:
    _, (opened, *_) = told
    assert HOSTILE not in opened
    assert not [path for path in opened if path.startswith("/proc/self")]


def test_a_service_that_wants_a_path_gets_one_that_the_caller_made(told: Any) -> None:
    home, (opened, path, text, elsewhere) = told
    assert [name for name in opened if Path(name).parent == home and name.endswith(".bin")]
    assert Path(path).parent == home
    assert (text, elsewhere) == ("hello", {})
