"""Bedrock asked as a role of AWS's: signed with passing credentials, of which nothing comes back."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from chalicelib.domain.providers.service import Credentials, Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.engine.edsl.secret_forms import forms_of
from chalicelib.engine.engine import Engine
from infra.local.moto.signatures import SignatureError
from tests.support.fakes.receiver import certificate_for
from tests.support.providers import Behaviour, FakeProvider, Kind
from tests.support.providers.exchange import Request
from tests.support.providers.signed import TOKEN, check, scope_of
from tests.support.resolver import write_resolver
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import free_text_job, order

ROLE = Credentials(
    access_key="ASIAOFTHEROLE0123456",
    secret_key="the/secret+key of the role 0123456789abc",
    session_token="the-session-token/of+the role==" * 10,
    account="123456789012",
)
SECRETS = (ROLE.access_key, ROLE.secret_key, ROLE.session_token)
REGION = "eu-central-1"
MODEL = "anthropic.fake-v1:0"
FULL = Behaviour(text=f"Fine. {' '.join(SECRETS)} arn:aws:sts::{ROLE.account}:assumed-role/perch/perch")


def rows_of(engine: Engine, url: str | None, store: ListSliceStore | None = None) -> list[InterviewRow]:
    table = (Service("bedrock", url, credentials=ROLE),)
    job = free_text_job(model=MODEL, inference_service="bedrock")
    asked = order(job, services=table, fills_cache=True)
    return list(engine.run(asked, store or ListSliceStore()))


def assert_signed(requests: Iterable[Request], region: str) -> None:
    for request in requests:
        check(request, ROLE)
        assert scope_of(request) == (region, "bedrock")


def test_calls_are_signed_and_come_without_a_key(engine: Engine, certificate: Path) -> None:
    with FakeProvider(
        "bedrock", Behaviour(text="Well"), models=(MODEL,), certificate=certificate
    ) as provider:
        (row,) = rows_of(engine, provider.url)
    assert (row.row["answer"], row.exceptions) == ({"feeling": "Well"}, {})
    assert provider.keys == {ROLE.access_key}
    assert [asked.model for asked in provider.asked] == [f"us.{MODEL}"]  # found among the profiles
    assert_signed(provider.requests, "us-east-1")


@pytest.mark.parametrize("does", [FULL, Behaviour(Kind.WRONG_KEY)], ids=["told", "refused"])
def test_nothing_of_the_credentials_comes_back(engine: Engine, certificate: Path, does: Behaviour) -> None:
    store = ListSliceStore()
    with FakeProvider("bedrock", does, models=(MODEL,), certificate=certificate) as provider:
        (row,) = rows_of(engine, provider.url, store)
    assert len(provider.asked) == 1
    kept = [new.entry.output for new in store.added]
    said = json.dumps([row.row, row.exceptions, kept])
    assert not [form for secret in SECRETS for form in forms_of(secret) if form in said]
    assert ROLE.account not in said
    if does is FULL:
        assert row.row["answer"]["feeling"].count("[key removed]") == len(SECRETS)
        assert kept
    else:
        assert provider.protocol.words(Kind.WRONG_KEY) in said


def test_a_region_s_own_address_is_asked_in_that_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = [f"{name}.{REGION}.amazonaws.com" for name in ("bedrock-runtime", "bedrock")]
    trusted = certificate_for(hosts[0], tmp_path / "provider.pem", hosts[1])
    with FakeProvider("bedrock", Behaviour(text="Well"), models=(MODEL,), certificate=trusted) as provider:
        resolver = write_resolver(tmp_path, dict.fromkeys(hosts, provider.port))
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        monkeypatch.syspath_prepend(str(resolver))
        with Engine() as engine:
            (row,) = rows_of(engine, f"https://{hosts[0]}")
    assert row.row["answer"] == {"feeling": "Well"}
    assert {request.headers["host"] for request in provider.requests} == set(hosts)
    assert_signed(provider.requests, REGION)


def test_a_wrong_signature_would_be_seen() -> None:
    headers = {
        "authorization": "AWS4-HMAC-SHA256 Credential=A/20270101/us-east-1/bedrock/aws4_request,",
        TOKEN: ROLE.session_token,
    }
    with pytest.raises(SignatureError):
        check(Request("GET", "/foundation-models", headers), ROLE)
