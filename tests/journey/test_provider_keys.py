"""An account's own key for a provider: given through the API, used after a restart, nowhere to be read."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from infra.local.data.directory import KEYS
from tests.journey.browser import Browser
from tests.journey.client import ByHand
from tests.journey.stack import IS_PACKAGED, LocalStack
from tests.support.fakes.receiver import certificate_for
from tests.support.jobs import job
from tests.support.providers import Behaviour, FakeProvider, Kind
from tests.support.resolver import write_resolver
from tests.support.waiting import eventually

pytestmark = pytest.mark.journey
HOST = "api.openai.com"
SECRET = "sk-an-accounts-own-0123456789"
PATH = "/api/v0/provider-keys"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own-keys")


@pytest.fixture(scope="module")
def providers(folder: Path) -> Iterator[Mapping[str, FakeProvider]]:
    certificate = certificate_for(HOST, folder / "provider.pem")
    with ExitStack() as started:
        yield {
            "own": started.enter_context(
                FakeProvider("openai", Behaviour(text="From OpenAI"), key=SECRET, certificate=certificate)
            ),
            "gateway": started.enter_context(FakeProvider("openai", Behaviour(text="From the gateway"))),
        }


def a_stack(folder: Path, providers: Mapping[str, FakeProvider]) -> LocalStack:
    return LocalStack(
        accounts=["ada@example.com=key-ada:0", "eve@example.com=key-eve:500"],
        services=[f"openai={providers['gateway'].url}=sk-house"],
        options=["--data", str(folder / "data")],
        log_directory=folder / "logs",
        environment={
            "SSL_CERT_FILE": str(folder / "provider.pem"),
            "PYTHONPATH": str(write_resolver(folder, {HOST: providers["own"].port})),
        },
    )


def ended(by: ByHand) -> dict[str, Any]:
    """Ask OpenAI something anew; return how that ended."""
    sent = job()
    sent["models"] = [{"model": "fake-model", "parameters": {}, "inference_service": "openai"}]
    return by.ended(by.send(sent, fresh=True))


def asked(by: ByHand) -> tuple[str, list[object], dict[str, object]]:
    told = ended(by)
    assert told["status"] == "completed", told
    answers = [row["answer"]["q0"] for row in by.results(told)["data"]]
    details = by.history(told["job_uuid"])[-1]["details"]
    return told["status"], answers, details


@pytest.mark.skipif(
    IS_PACKAGED, reason="packaged functions resolve names as this machine does, not as the test"
)
def test_a_key_outlives_a_restart_and_pays_in_its_owners_place(
    folder: Path, providers: Mapping[str, FakeProvider]
) -> None:
    with a_stack(folder, providers) as stack:
        given = ByHand(stack.url, "key-ada").ask(
            "POST", PATH, {"service": "OPENAI_API_KEY", "key": SECRET, "label": "Team"}
        )
        assert given.status_code == 200, given.text
        assert SECRET not in given.text
        stack.kill_everything()
    with a_stack(folder, providers) as stack:
        ada, eve = ByHand(stack.url, "key-ada"), ByHand(stack.url, "key-eve")
        (listed,) = ada.ask("GET", PATH).json()["keys"]
        assert listed == given.json()
        _, answers, details = asked(ada)
        assert answers == ["From OpenAI"]
        assert details["sources"] == [{"service": "openai", "source": "your key 'Team'", "credits": 0.0}]
        assert asked(eve)[1] == ["From the gateway"]
        assert ada.ask("POST", f"{PATH}/{listed['id']}/share", {"email": "eve@example.com"}).ok
        assert asked(eve)[1] == ["From the gateway"]
        assert eve.ask("PATCH", f"{PATH}/{listed['id']}", {"on": True}).ok
        _, answers, details = asked(eve)
        assert answers == ["From OpenAI"]
        assert details["sources"] == [
            {"service": "openai", "source": "key 'Team' shared by ada@example.com", "credits": 0.0}
        ]
        browser, page = Browser(stack.url), f"/home/keys/providers/{listed['id']}"
        asks = browser.send(browser.open(f"/login?next={page}"), key="key-ada")
        assert "last used" in asks.text
        tried = browser.send(asks)
        assert tried.ok, tried.text
        assert "openai takes this key." in tried.text
        assert SECRET not in tried.text
        # Refused in its borrower's job, it is told to its owner.
        providers["own"].does = Behaviour(Kind.WRONG_KEY)
        assert ended(eve)["status"] == "failed"
        assert eventually(lambda: "The provider refused the key" in browser.open(page).text)
    assert providers["own"].keys == {SECRET}
    assert providers["gateway"].keys == {"sk-house"}
    assert (folder / "data" / KEYS).stat().st_mode & 0o777 == 0o600
    kept = [file for name in ("data", "logs") for file in (folder / name).rglob("*") if file.is_file()]
    assert len(kept) > 3
    assert [file for file in kept if SECRET.encode() in file.read_bytes()] == []
