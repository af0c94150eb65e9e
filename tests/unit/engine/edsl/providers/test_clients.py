"""What is known of services is what edsl knows, and each is asked where its provider is."""

import pytest
from edsl.inference_services.inference_service_registry import InferenceServiceRegistry

from chalicelib.domain.providers.known import KNOWN, problem_with, takes_images, usable
from chalicelib.domain.providers.service import Service
from chalicelib.engine.edsl.providers.azure_client import deployment_of
from chalicelib.engine.edsl.providers.clients import MODULES, client_of, service_class

TEST_MODEL = {"test"}
NO_SERVICES = {"message_builder", "service_enums"}
"""Modules beside edsl's services, which its registry takes for some."""


def test_every_service_of_edsl_is_known() -> None:
    registry = set(InferenceServiceRegistry._default_service_module_map) - NO_SERVICES
    assert registry == KNOWN.keys() | TEST_MODEL


def test_all_but_one_can_be_used() -> None:
    assert len(usable()) == 16
    assert "meta" not in usable()


@pytest.mark.parametrize("name", usable())
def test_each_has_a_client(name: str) -> None:
    client = client_of(name)
    assert {"prepare", "install", "connect"} <= set(dir(client))
    assert (name in MODULES) is (client_of(name).__name__.rpartition(".")[2] != "openai_client")  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name in usable() if name not in MODULES])
def test_own_addresses_are_those_that_edsl_asks(name: str) -> None:
    """Models are listed there, too, with the operator's key."""
    known = KNOWN[name].own_address
    asked = service_class(name)._base_url_
    if name in {"openai", "openai_v2"}:  # edsl leaves it to OpenAI's client
        assert asked is None
        assert known == "https://api.openai.com/v1"
    elif name == "openai_compatible":  # edsl's default is a server on the user's own machine
        assert known is None
    else:
        assert known == asked


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (Service("antropic", None, "k"), "Did you mean anthropic"),
        (Service("x", None, "k"), "It has: anthropic, azure"),
        (Service("meta", None, "k"), "cannot be used"),
        (Service("azure", None, "k"), "has no address of its own"),
        (Service("openai_compatible", None, "k"), "has no address of its own"),
        (Service("bedrock", "http://gateway.example", "k"), "needs an https"),
        (Service("bedrock", None, None), "needs a key here"),
        (Service("bedrock", "https://bedrock-runtime.eu-central-1.amazonaws.com"), "needs a key here"),
    ],
)
def test_rows_that_cannot_work_are_told(service: Service, said: str) -> None:
    assert said in (problem_with(service) or "")


@pytest.mark.parametrize("name", usable())
def test_rows_that_can_work_are_not(name: str) -> None:
    assert problem_with(Service(name, "https://gateway.example/v1", "k")) is None
    assert problem_with(Service(name, "https://gateway.example/v1")) is None


OPENAI, OTHERS = "2024-10-21", "2024-05-01-preview"


@pytest.mark.parametrize(
    ("url", "address", "version"),
    [
        ("https://a.openai.azure.com", "https://a.openai.azure.com/openai/deployments/d", OPENAI),
        ("https://a.openai.azure.com/openai/", "https://a.openai.azure.com/openai/deployments/d", OPENAI),
        ("https://a.openai.azure.com?api-version=v", "https://a.openai.azure.com/openai/deployments/d", "v"),
        ("http://gateway/azure/openai", "http://gateway/azure/openai/deployments/d", OPENAI),
        ("https://a.services.ai.azure.com/models", "https://a.services.ai.azure.com/models", OTHERS),
        ("https://d.eastus2.models.ai.azure.com", "https://d.eastus2.models.ai.azure.com", OTHERS),
    ],
)
def test_deployments_are_found_by_their_names(url: str, address: str, version: str) -> None:
    assert deployment_of(url, "d") == (address, version)


@pytest.mark.parametrize(
    ("service", "model", "takes"),
    [
        ("openai", "gpt-4o-mini", True),
        ("openai", "gpt-3.5-turbo", False),
        ("openai", "o1-mini", False),
        ("anthropic", "claude-sonnet-4-5", True),
        ("anthropic", "claude-2.1", False),
        ("google", "gemini-2.5-flash", True),
        ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("bedrock", "eu.amazon.nova-pro-v1:0", True),
        ("bedrock", "apac.amazon.nova-lite-v1:0", True),
        ("bedrock", "us-gov.anthropic.claude-3-haiku-20240307-v1:0", True),
        ("bedrock", "eu.amazon.nova-micro-v1:0", False),
        ("bedrock", "global.cohere.embed-v4:0", False),
        ("bedrock", "anthropic.claude-v2:1", False),
        ("bedrock", "eu.meta.llama3-2-11b-instruct-v1:0", True),
        ("bedrock", "eu.meta.llama3-2-1b-instruct-v1:0", False),
        ("bedrock", "us.mistral.pixtral-large-2502-v1:0", True),
        ("bedrock", "amazon.nova-micro-v1:0", False),
        ("mistral", "mistral-large-latest", False),
        ("test", "test", False),
        ("nobody", "gpt-4o", False),
    ],
)
def test_which_models_take_images(service: str, model: str, takes: bool) -> None:
    assert takes_images(service, model) is takes
