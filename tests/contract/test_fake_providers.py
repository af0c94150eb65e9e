"""What each provider's own client makes of the fake: the judge of whether it speaks its provider's language.

The tables say in plain values what the clients of the locked releases make of each case, so that a new
release which makes something else of it is seen here first.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.contract.provider_clients.client import KEY, MODEL, PROMPT, SYSTEM, Client, Error, Heard
from tests.contract.provider_clients.openai_client import Groq, OpenAI, Responses
from tests.contract.provider_clients.other_clients import Anthropic, Azure, Bedrock, Google, Mistral
from tests.support.fakes.receiver import certificate_for
from tests.support.providers import PROTOCOLS, Behaviour, FakeProvider, Kind, Usage
from tests.support.providers.bedrock_converse import GUARDRAIL
from tests.support.providers.behaviour import FAILURES, PASSING
from tests.support.providers.server import TLS_NAME

CLIENTS: dict[str, Client] = {
    "anthropic": Anthropic(),
    "azure": Azure(),
    "bedrock": Bedrock(),
    "deep_infra": OpenAI("/v1/openai"),
    "deepseek": OpenAI(""),
    "google": Google(),
    "groq": Groq(),
    "mistral": Mistral(),
    "ollama": OpenAI(),
    "open_router": OpenAI("/api/v1"),
    "openai": OpenAI(),
    "openai_compatible": OpenAI(),
    "openai_v2": Responses(),
    "perplexity": OpenAI(""),
    "together": OpenAI(),
    "xai": OpenAI(),
}
TEXT = "Quite well"
USED = Usage(asked=40, said=10, reasoning=5, cached=16)
NAMES = ("one", "two", "three")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for(TLS_NAME, tmp_path_factory.mktemp("tls") / "provider.pem")


@pytest.fixture
def providers(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Providers"]:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
    with Providers(certificate) as made:
        yield made


class Providers:
    """Makes them as a test wants them, and ends them after it."""

    def __init__(self, certificate: Path) -> None:
        self._certificate = certificate
        self._made: list[FakeProvider] = []

    def __enter__(self) -> "Providers":
        return self

    def __exit__(self, *_: object) -> None:
        for provider in self._made:
            provider.__exit__()

    def make(self, service: str, does: Behaviour | None = None) -> FakeProvider:
        tls = self._certificate if service == "bedrock" else None
        provider = FakeProvider(service, does or Behaviour(), key=KEY, models=NAMES, certificate=tls)
        self._made.append(provider.__enter__())
        return provider


def cases(*kinds: Kind) -> list[tuple[str, Kind]]:
    return [(service, kind) for service in CLIENTS for kind in kinds if kind in PROTOCOLS[service].kinds]


def test_there_is_a_client_for_each_protocol() -> None:
    assert set(CLIENTS) == set(PROTOCOLS)


USAGES = {
    "anthropic": (24, 15, None, 16),
    "azure": (40, 15, 5, 16),
    "bedrock": (24, 15, None, 16),
    "deep_infra": (40, 15),
    "deepseek": (40, 15, 5, 16),
    "google": (40, 10, 5, 16),
    "groq": (40, 15, 5),
    "mistral": (40, 15),
    "ollama": (40, 15),
    "open_router": (40, 15, 5, 16),
    "openai": (40, 15, 5, 16),
    "openai_compatible": (40, 15),
    "openai_v2": (40, 15, 5, 16),
    "perplexity": (40, 15),
    "together": (40, 15),
    "xai": (40, 10, 5, 16),
}
"""What is asked, said, thought and cached, by each provider's own count."""
GOOD = {"anthropic": "end_turn", "bedrock": "end_turn", "google": "STOP", "openai_v2": "completed"}


@pytest.mark.parametrize("service", CLIENTS)
def test_a_good_answer(providers: Providers, service: str) -> None:
    client, provider = CLIENTS[service], providers.make(service, Behaviour(text=TEXT, usage=USED))
    heard = client.read(client.ask(provider))
    assert heard == Heard(TEXT, GOOD.get(service, "stop"), *USAGES[service])
    (asked,), (request,) = provider.asked, provider.requests
    assert (asked.key, asked.model, asked.prompt) == (KEY, MODEL, PROMPT)
    assert asked.question.system_prompt == SYSTEM
    assert (request.method, request.path) == ("POST", client.path)
    assert request.headers[client.header] in (KEY, f"Bearer {KEY}")


CUT = {
    "anthropic": "max_tokens",
    "bedrock": "max_tokens",
    "google": "MAX_TOKENS",
    "openai_v2": "max_output_tokens",
}
NOTHING = {service: None if service == "google" else "" for service in CLIENTS}
"""What a client says of an answer without a word in it."""


@pytest.mark.parametrize(("service", "kind"), cases(Kind.CUT_OFF, Kind.SPENT))
def test_an_answer_that_is_cut_off(providers: Providers, service: str, kind: Kind) -> None:
    client = CLIENTS[service]
    heard = client.read(client.ask(providers.make(service, Behaviour(kind, TEXT))))
    assert heard.reason == CUT.get(service, "length")
    assert heard.text == (TEXT if kind is Kind.CUT_OFF else NOTHING[service])


@pytest.mark.parametrize(("service", "kind"), cases(Kind.EMPTY))
def test_an_empty_answer(providers: Providers, service: str, kind: Kind) -> None:
    client = CLIENTS[service]
    heard = client.read(client.ask(providers.make(service, Behaviour(kind, TEXT))))
    assert (heard.text, heard.reason) == (NOTHING[service], GOOD.get(service, "stop"))


REFUSED = {
    "anthropic": ("", "refusal"),
    "bedrock": ("", "content_filtered"),
    "google": (None, "SAFETY"),
    "openai_v2": ("", "completed"),
}


@pytest.mark.parametrize(("service", "kind"), cases(Kind.REFUSAL))
def test_a_refusal(providers: Providers, service: str, kind: Kind) -> None:
    client = CLIENTS[service]
    response = client.ask(providers.make(service, Behaviour(kind, TEXT)))
    heard = client.read(response)
    assert (heard.text, heard.reason) == REFUSED.get(service, (None, "stop"))
    if service in ("openai", "open_router", "xai"):
        assert response.choices[0].message.refusal == TEXT
    elif service == "azure":
        assert response.choices[0].message["refusal"] == TEXT
    elif service == "openai_v2":
        assert response.output[0].content[0].refusal == TEXT


BLOCKED = {
    "bedrock": (GUARDRAIL, "guardrail_intervened"),
    "google": (None, "PROHIBITED_CONTENT"),
    "openai_v2": ("", "content_filter"),
}
TURNED_AWAY = {
    "anthropic": Error("BadRequestError", 400, None),
    "azure": Error("HttpResponseError", 400, None),
}


@pytest.mark.parametrize(("service", "kind"), cases(Kind.BLOCK))
def test_a_filter(providers: Providers, service: str, kind: Kind) -> None:
    client, provider = CLIENTS[service], providers.make(service, Behaviour(kind, TEXT))
    if service in TURNED_AWAY:
        with pytest.raises(Exception, match=provider.protocol.words(kind)) as raised:
            client.ask(provider)
        assert client.error(raised.value) == TURNED_AWAY[service]
        return
    heard = client.read(client.ask(provider))
    assert (heard.text, heard.reason) == BLOCKED.get(service, ("", "content_filter"))


def test_a_failure_after_a_good_status(providers: Providers) -> None:
    """OpenRouter's client, which is OpenAI's, makes an answer without choices of it."""
    late = Behaviour(Kind.LATE_FAILURE, TEXT)
    routed = CLIENTS["open_router"].ask(providers.make("open_router", late))
    assert (routed.choices, routed.error["message"]) == (None, "Provider returned error")
    failed = CLIENTS["openai_v2"].ask(providers.make("openai_v2", late))
    assert (failed.status, failed.error.code, failed.output) == ("failed", "server_error", [])
    said = {
        service: CLIENTS[service].read(CLIENTS[service].ask(providers.make(service, late)))
        for service in ("deepseek", "mistral")
    }
    reasons = {service: (heard.reason, heard.text) for service, heard in said.items()}
    assert reasons == {"deepseek": ("insufficient_system_resource", TEXT), "mistral": ("error", TEXT)}


STATUSES = {
    Kind.RATE_LIMIT: 429,
    Kind.SERVER_ERROR: 500,
    Kind.OVERLOADED: 503,
    Kind.WRONG_KEY: 401,
    Kind.UNKNOWN_MODEL: 404,
}
OWN_STATUSES = {
    ("anthropic", Kind.OVERLOADED): 529,
    ("bedrock", Kind.WRONG_KEY): 403,
    ("bedrock", Kind.UNKNOWN_MODEL): 400,
    ("google", Kind.WRONG_KEY): 400,
    ("mistral", Kind.UNKNOWN_MODEL): 400,
    ("open_router", Kind.UNKNOWN_MODEL): 400,
    ("perplexity", Kind.UNKNOWN_MODEL): 400,
    ("xai", Kind.WRONG_KEY): 400,
}
OPENAI_CLASSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    404: "NotFoundError",
    429: "RateLimitError",
    500: "InternalServerError",
    503: "InternalServerError",
    529: "OverloadedError",
}
"""Anthropic's and Groq's are called the same."""
OWN_CLASSES = {
    "azure": {401: "ClientAuthenticationError", 404: "ResourceNotFoundError"},
    "bedrock": {
        400: "ValidationException",
        403: "AccessDeniedException",
        429: "ThrottlingException",
        500: "InternalServerException",
        503: "ServiceUnavailableException",
    },
    "google": {500: "ServerError", 503: "ServerError"},
    "mistral": {},
}
OTHERS = {"azure": "HttpResponseError", "google": "ClientError", "mistral": "SDKError"}
WAITS = {"bedrock": None, "google": "1.5s"}


@pytest.mark.parametrize(("service", "kind"), cases(*sorted(FAILURES)))
@pytest.mark.parametrize("told", [None, 1.5])
def test_a_failure(providers: Providers, service: str, kind: Kind, told: float | None) -> None:
    client, provider = CLIENTS[service], providers.make(service, Behaviour(kind, retry_after=told))
    with pytest.raises(Exception, match=r".") as raised:
        client.ask(provider)
    status = OWN_STATUSES.get((service, kind), STATUSES[kind])
    classes = OWN_CLASSES.get(service, OPENAI_CLASSES)
    wait = WAITS.get(service, "1.5") if told and kind in PASSING else None
    assert client.error(raised.value) == Error(classes.get(status, OTHERS.get(service, "")), status, wait)
    assert provider.protocol.words(kind, MODEL) in str(raised.value)


@pytest.mark.parametrize("service", ["anthropic", "azure", "groq", "openai", "openai_v2"])
def test_clients_ask_again_when_they_were_told_to(providers: Providers, service: str) -> None:
    provider, began = providers.make(service), time.monotonic()
    limit = Behaviour(Kind.RATE_LIMIT, retry_after=0.3)
    provider.does = lambda asked: limit if asked.number == 1 else Behaviour(text=TEXT)
    assert CLIENTS[service].read(CLIENTS[service].ask(provider, 1)).text == TEXT
    assert time.monotonic() - began >= 0.3
    assert [asked.key for asked in provider.asked] == [KEY, KEY]


@pytest.mark.parametrize("service", ["anthropic", "groq", "openai", "openai_v2"])
def test_clients_do_not_ask_again_where_they_were_told_so(providers: Providers, service: str) -> None:
    provider = providers.make(service, Behaviour(Kind.SERVER_ERROR, final=True))
    with pytest.raises(Exception, match=provider.protocol.words(Kind.SERVER_ERROR)):
        CLIENTS[service].ask(provider, 1)
    assert len(provider.asked) == 1


@pytest.mark.parametrize("service", CLIENTS)
def test_another_key_is_refused(providers: Providers, service: str) -> None:
    client, provider = CLIENTS[service], providers.make(service)
    provider.key = "another"
    with pytest.raises(Exception, match=provider.protocol.words(Kind.WRONG_KEY)):
        client.ask(provider)
    assert (provider.asked, provider.keys) == ([], {KEY})


MALFORMED = {"azure": "DecodeError", "mistral": "ResponseValidationError"}
BROKEN = {"azure": "IncompleteReadError", "google": "RemoteProtocolError", "mistral": "RemoteProtocolError"}


@pytest.mark.parametrize(("service", "kind"), cases(Kind.MALFORMED, Kind.BROKEN_OFF))
def test_half_an_answer(providers: Providers, service: str, kind: Kind) -> None:
    client, provider = CLIENTS[service], providers.make(service, Behaviour(kind))
    if service == "bedrock":  # AWS's client takes it for an answer in which nothing is said
        assert set(client.ask(provider)) == {"ResponseMetadata"}
        return
    with pytest.raises(Exception, match=r".") as raised:
        client.ask(provider)
    known = MALFORMED if kind is Kind.MALFORMED else BROKEN
    usual = "JSONDecodeError" if kind is Kind.MALFORMED else "APIConnectionError"
    assert type(raised.value).__name__ == known.get(service, usual)


@pytest.mark.parametrize("service", CLIENTS)
def test_silence_lasts_until_it_is_ended(providers: Providers, service: str) -> None:
    client, provider = CLIENTS[service], providers.make(service, Behaviour(Kind.SILENCE, TEXT))
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(client.ask, provider)
        with pytest.raises(TimeoutError):
            asked.result(0.2)
        provider.released.set()
        assert client.read(asked.result(10)).text == TEXT


@pytest.mark.parametrize("service", sorted(set(CLIENTS) - {"together"}))
def test_models_are_listed(providers: Providers, service: str) -> None:
    provider = providers.make(service)
    listed = CLIENTS[service].models(provider)
    assert listed == list(NAMES[:1] if service == "azure" else NAMES)
    assert provider.keys == {KEY}
    pages = {"anthropic": 2, "google": 2, "bedrock": 3}
    assert len(provider.requests) == pages.get(service, 1)


def test_models_that_are_a_bare_list(providers: Providers) -> None:
    """OpenAI's client cannot read Together's, so edsl asks for it itself."""
    provider = providers.make("together")
    headers = {"authorization": f"Bearer {KEY}"}
    listed = httpx.get(f"{provider.url}/models?filter=serverless", headers=headers).json()
    assert [model["id"] for model in listed] == list(NAMES)


def test_a_deployment_of_azures_is_asked_by_its_path(providers: Providers) -> None:
    client, provider = Azure(), providers.make("azure", Behaviour(text=TEXT))
    response = client.ask_at(f"{provider.host}/openai/deployments/ours")
    assert client.read(response).text == TEXT
    (asked,) = provider.asked
    assert (asked.model, asked.key) == ("ours", KEY)
    assert asked.request.path == "/openai/deployments/ours/chat/completions"
    assert asked.request.query == {"api-version": "2024-05-01-preview"}
    models = httpx.get(f"{provider.host}/openai/models?api-version=2024-10-21", headers={"api-key": KEY})
    assert [model["id"] for model in models.json()["data"]] == list(NAMES)


def test_a_file_is_uploaded_to_google(providers: Providers, tmp_path: Path) -> None:
    provider, file = providers.make("google"), tmp_path / "note.txt"
    file.write_text("a note" * 1000)
    client = Google().client(provider)
    sent = client.files.upload(file=str(file), config={"mime_type": "text/plain"})
    assert sent.name is not None
    found = client.files.get(name=sent.name)
    client.models.generate_content(model=MODEL, contents=[PROMPT, found])
    client.close()
    assert (found.mime_type, found.size_bytes, found.state) == ("text/plain", 6000, "ACTIVE")
    assert provider.keys == {KEY}
    said = json.dumps(provider.asked[0].request.body)
    assert found.uri is not None
    assert found.uri in said
