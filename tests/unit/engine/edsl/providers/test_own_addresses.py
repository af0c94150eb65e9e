"""Providers at their own addresses, asked through Perch and by edsl alone: the same requests.

The names of their hosts lead to fakes of this machine, which speak TLS with a certificate that is trusted.
"""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.known import KNOWN
from chalicelib.domain.providers.service import Service
from chalicelib.engine.engine import Engine
from infra.repository import ROOT
from tests.support.fakes.receiver import certificate_for
from tests.support.providers import Behaviour, FakeProvider
from tests.support.providers.exchange import Asked
from tests.support.resolver import write_resolver
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import free_text_job, order

TEXT = "Quite well"
LOCAL_RUN = "tests.unit.engine.edsl.providers.local_run"
BEDROCK = "bedrock.us-east-1.amazonaws.com"
AZURE = "ours.eastus2.models.ai.azure.com"
"""A deployment of Azure's: there is no one address, so the operator gives it."""
HERE = {"ollama", "openai_compatible"}
"""They have no provider: a server of one's own answers."""
SERVICES = sorted(name for name, known in KNOWN.items() if known.refused is None and name not in HERE)
FIRST = [name for name in SERVICES if name != "openai_v2"]
SECOND = ["openai_v2"]
"""Where another service has the same host."""
SEEING = ["anthropic", "bedrock", "google", "openai"]
"""Services with models that take files."""
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode()
DOCUMENT = base64.b64encode(b"%PDF-1.4\n" + b"% a page\n" * 20).decode()
MODELS = {"azure": "azure:ours", "anthropic": "claude-3-5-haiku-20241022", "openai_v2": "o3-mini"}
PARAMETERS: Mapping[str, Document] = {
    "openai": {
        **{"temperature": 0.3, "max_tokens": 321, "top_p": 0.8, "frequency_penalty": 0.1},
        **{"presence_penalty": 0.2, "logprobs": True, "top_logprobs": 2, "reasoning_effort": "low"},
    },
    "openai_v2": {"max_tokens": 321, "reasoning": {"summary": "auto"}, "reasoning_effort": "high"},
    "anthropic": {
        "temperature": 0.3,
        "max_tokens": 2048,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    },
    "google": {"temperature": 0.3, "topP": 0.8, "topK": 5, "maxOutputTokens": 321, "stopSequences": ["END"]},
    "bedrock": {"temperature": 0.3, "max_tokens": 321, "top_p": 0.8},
    "azure": {"temperature": 0.3, "max_tokens": 321, "top_p": 0.8},
    "mistral": {"temperature": 0.3, "max_tokens": 321, "top_p": 0.8},
}
LIKE_OPENAI = {"temperature": 0.3, "max_tokens": 321, "top_p": 0.8}
KEYS = {
    "anthropic": "ANTHROPIC_API_KEY", "bedrock": "AWS_BEARER_TOKEN_BEDROCK",
    "deep_infra": "DEEP_INFRA_API_KEY", "deepseek": "DEEPSEEK_API_KEY", "google": "GOOGLE_API_KEY",
    "groq": "GROQ_API_KEY", "mistral": "MISTRAL_API_KEY", "openai": "OPENAI_API_KEY",
    "open_router": "OPEN_ROUTER_API_KEY",
    "openai_v2": "OPENAI_API_KEY", "perplexity": "PERPLEXITY_API_KEY", "together": "TOGETHER_API_KEY",
    "xai": "XAI_API_KEY",
}  # fmt: skip
LOOKED_FOR = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
"""Without these edsl does not even ask AWS's client, which prefers the other key."""


@dataclass(frozen=True)
class Asking:
    """Which services are asked, and about which files."""

    services: list[str]
    files: tuple[Document, ...] = ()

    @property
    def interviews(self) -> int:
        return len(self.services) * max(1, len(self.files))


Requests = dict[str, list[Any]]
Providers = Mapping[str, FakeProvider]


def key_of(service: str) -> str:
    return f"sk-the-operators-own-for-{service}"


def hosts_of(service: str) -> list[str]:
    """Return the names that a service's requests go to."""
    if service == "azure":
        return [AZURE]
    host = str(urlsplit(str(KNOWN[service].own_address)).hostname)
    return [host, BEDROCK] if service == "bedrock" else [host]


def table_of(services: list[str]) -> tuple[Service, ...]:
    return tuple(
        Service(name, f"https://{AZURE}" if name == "azure" else None, key_of(name)) for name in services
    )


def file_of(name: str, content: str, kind: str) -> Document:
    """Return a file of a scenario, as clients send it within a job."""
    return {
        "path": name,
        "base64_string": content,
        "mime_type": kind,
        "suffix": name.partition(".")[2],
        "binary": True,
        "external_locations": {},
        "extracted_text": "",
        "edsl_class_name": "FileStore",
    }


def job_of(asked: Asking) -> Document:
    job, services = free_text_job(), asked.services
    if asked.files:
        job["survey"]["questions"][0]["question_text"] = "What is in {{ scenario.file }}?"
        job["scenarios"] = [{"file": file} for file in asked.files]
    job["models"] = [
        {
            "model": MODELS.get(name, "fake-model"),
            "parameters": dict(PARAMETERS.get(name, LIKE_OPENAI)),
            "inference_service": name,
            "edsl_class_name": "LanguageModel",
        }
        for name in services
    ]
    return job


@contextmanager
def providers_of(
    services: list[str], folder: Path
) -> Iterator[tuple[Mapping[str, FakeProvider], Path, Path]]:
    """Start them; gives them with the certificate and the folder that has names lead to them."""
    hosts = [host for name in services for host in hosts_of(name)]
    certificate = certificate_for(hosts[0], folder / "provider.pem", *hosts[1:])
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(
                FakeProvider(name, Behaviour(text=TEXT), key=key_of(name), certificate=certificate)
            )
            for name in services
        }
        ports = {host: started[name].port for name in services for host in hosts_of(name)}
        yield started, certificate, write_resolver(folder, ports)


def heard(providers: Providers) -> Requests:
    """Return what each was asked so far, and forget it."""
    said = {
        name: [
            (asked.request.method, asked.request.target, asked.key, asked.request.body)
            for asked in provider.asked
        ]
        for name, provider in providers.items()
    }
    for provider in providers.values():
        provider.asked.clear()
    return said


def _told(asked: Asked) -> tuple[Any, ...]:
    return asked.request.method, asked.request.target, asked.key, asked.request.body


def by_perch(asking: Asking) -> list[Any]:
    with Engine() as engine:
        rows = engine.run(
            order(job_of(asking), asking.interviews, services=table_of(asking.services)), ListSliceStore()
        )
        return [(row.row["answer"], row.exceptions) for row in rows]


def by_edsl(asking: Asking, folder: Path, certificate: Path) -> list[Any]:
    home = folder / "home"
    home.mkdir()
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            LOCAL_RUN,
            json.dumps(job_of(asking)),
        ],
        cwd=home,
        env={
            "PATH": os.defpath,
            "HOME": str(home),
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
            "SSL_CERT_FILE": str(certificate),
            "AWS_CA_BUNDLE": str(certificate),
            "AZURE_ENDPOINT_URL_AND_KEY": f"https://{AZURE}:{key_of('azure')}",
            **LOOKED_FOR,
            **{KEYS[name]: key_of(name) for name in asking.services if name in KEYS},
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return said


FILES = (file_of("cat.png", PICTURE, "image/png"), file_of("paper.pdf", DOCUMENT, "application/pdf"))


@pytest.fixture(
    scope="module",
    params=[Asking(FIRST), Asking(SECOND), Asking(SEEING, FILES), Asking(SECOND, FILES)],
    ids=["most", "responses", "files", "files-responses"],
)
def requests(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Requests, Requests]]:
    """What providers heard of Perch, and of edsl alone."""
    asking: Asking = request.param
    folder = tmp_path_factory.mktemp("own")
    with (
        providers_of(asking.services, folder) as (providers, certificate, resolver),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("SSL_CERT_FILE", str(certificate))
        patch.syspath_prepend(str(resolver))
        assert by_perch(asking) == [({"feeling": TEXT}, {})] * asking.interviews
        remote = heard(providers)
        assert by_edsl(asking, folder, certificate) == [TEXT] * asking.interviews
        yield remote, heard(providers)


def test_own_addresses_are_asked_with_the_operators_key(requests: tuple[Requests, Requests]) -> None:
    remote, _ = requests
    assert {name: {key for _, _, key, _ in asked} for name, asked in remote.items()} == {
        name: {key_of(name)} for name in remote
    }


def test_requests_are_those_of_a_local_run(requests: tuple[Requests, Requests]) -> None:
    """Temperature, limits of tokens, reasoning, thinking, stop sequences …: as edsl sends them."""
    remote, local = requests
    for _, _, _, body in local.get("azure", []):
        # edsl leaves its own prefix in the name, which these addresses do not look at; a gateway would.
        body["model"] = body["model"].removeprefix("azure:")
    assert _comparable(remote) == _comparable(local)


def _comparable(requests: Requests) -> dict[str, list[str]]:
    """Return what was asked, in an order of its own, without the names that each run makes up for files."""
    return {
        name: sorted(re.sub(r'"tmp[^"]*"|files/fake\d+', "a file", json.dumps(each)) for each in asked)
        for name, asked in requests.items()
    }
