"""Bedrock's models: those that say texts and can be asked, by their own ids and by their profiles'."""

from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.domain.providers.service import Credentials, Service
from chalicelib.storage.providers.listing import NotListedError, models_of
from tests.support.providers import FakeProvider
from tests.support.providers.bedrock_converse import FOUNDATION, PROFILES, Bedrock
from tests.support.providers.exchange import Request, Response
from tests.support.providers.signed import check, scope_of

KEY = "bedrock-api-key-0123456789"
ROLE = Credentials(
    "ASIAOFTHEROLE0123456", "the-secret-key/of+the-role", "a-token/of+the-role==", "123456789012"
)
OLD, PICTURES, NAMED = "old.model-v1:0", "stable.pictures-v1:0", "a.model with/a sign+v1:0"


class Catalogue(Bedrock):
    """Has a model that is on its way out, and one that paints."""

    def summary(self, name: str) -> dict[str, Any]:
        summary = super().summary(name)
        if name == OLD:
            summary["modelLifecycle"] = {"status": "LEGACY"}
        if name == PICTURES:
            summary["outputModalities"] = ["IMAGE"]
        return summary


class Paused(Bedrock):
    """Has profiles that cannot be asked."""

    def other(self, request: Request, models: Sequence[str]) -> Response | None:
        response = super().other(request, models)
        if response is not None and request.path == PROFILES:
            for profile in response.body["inferenceProfileSummaries"]:
                profile["status"] = "PAUSED"
        return response


def offered(protocol: Bedrock, *models: str) -> list[str]:
    with FakeProvider("bedrock", models=models) as provider:
        provider.protocol = protocol
        return models_of(Service("bedrock", provider.url, KEY))


def test_only_what_says_texts_and_stays_is_offered() -> None:
    assert offered(Catalogue(), "new.model", OLD, PICTURES) == ["new.model", "us.new.model"]


def test_a_profile_that_is_not_active_is_not_offered() -> None:
    assert offered(Paused(), "one") == ["one"]


@pytest.fixture
def models() -> tuple[str, ...]:
    """More than one page, whose last names are said again in the next page's address."""
    return (*(f"model-{number:03d}" for number in range(99)), NAMED, "last")


def test_it_is_asked_as_the_role_where_there_is_no_key(models: tuple[str, ...]) -> None:
    with FakeProvider("bedrock", key=ROLE.access_key, models=models) as provider:
        listed = models_of(Service("bedrock", f"{provider.url}/", credentials=ROLE))
    assert listed == sorted([*models, *(f"us.{name}" for name in models)])
    assert [request.path for request in provider.requests] == [FOUNDATION, PROFILES, PROFILES]
    for request in provider.requests:
        check(request, ROLE)
        assert scope_of(request) == ("us-east-1", "bedrock")


def test_a_page_s_address_is_told_to_a_key_as_well(models: tuple[str, ...]) -> None:
    with FakeProvider("bedrock", key=KEY, models=models) as provider:
        assert len(models_of(Service("bedrock", provider.url, KEY))) == 2 * len(models)


def test_without_either_it_says_so() -> None:
    with FakeProvider("bedrock", key=KEY) as provider, pytest.raises(NotListedError, match="403"):
        models_of(Service("bedrock", provider.url))
