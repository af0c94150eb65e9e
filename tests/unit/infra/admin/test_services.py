"""The house's services as an operator sets them: by a line on the standard input, so no list has a key."""

import io
import json

import pytest

from chalicelib.services.deps import deps
from chalicelib.services.vault import keys
from chalicelib.storage.aws.clients import secretsmanager
from infra.admin.errors import AdminError
from tests.support.stage import Stage
from tests.unit.infra.admin.test_accounts import Operator, operator

__all__ = ["operator"]
KEY = "sk-the-house-s-own-0123456789"


@pytest.fixture
def says(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Operator:  # the fixture's name
    monkeypatch.setattr("sys.stdin", io.StringIO(f"openai=={KEY} rpm=500 calls=20\n"))
    return operator


def test_a_service_is_set_and_told_without_its_key(says: Operator) -> None:
    says("set-service")
    (service,) = deps().service_table.services()
    assert (service.name, service.key, service.requests_per_minute) == ("openai", KEY, 500)
    out, noted = says("services")
    assert out.splitlines()[1].split() == ["openai", "its", "own", "given", "500", "20"]
    assert KEY not in out + noted


def test_others_and_what_a_line_cannot_say_stay(says: Operator) -> None:
    rows = {"ollama": {"url": "http://here/v1", "key": None}, "openai": {"key": "k", "seconds_per_call": 4}}
    secret = deps().settings.services_secret
    secretsmanager().put_secret_value(SecretId=secret, SecretString=json.dumps(rows))
    before = deps().service_table.current().version
    says("set-service")
    ollama, openai = deps().service_table.services()
    assert (ollama.url, openai.key, openai.seconds_per_call) == ("http://here/v1", KEY, 4)
    assert deps().service_table.current().version != before
    says("remove-service", "ollama")
    assert [each.name for each in deps().service_table.services()] == ["openai"]
    with pytest.raises(AdminError, match="no service 'ollama'"):
        says("remove-service", "ollama")


@pytest.mark.parametrize(
    "line", ["", "openai", "opennai==k", "azure==k", "openai==k rpm=many", "openai=ftp://x=k"]
)
def test_a_line_that_is_none_changes_nothing(
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))
    with pytest.raises(AdminError) as refused:
        operator("set-service")
    assert "==k" not in str(refused.value)
    assert deps().service_table.services() == ()


def test_an_account_s_keys_are_listed_without_what_they_are(operator: Operator, stage: Stage) -> None:
    keys.give(stage.account, "anthropic", "sk-ant-0123456789", "Ada's")
    out, _ = operator("provider-keys", stage.account.email)
    assert "anthropic" in out
    assert "Ada's" in out
    assert "sk-ant" not in out
