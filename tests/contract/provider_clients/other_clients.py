"""Anthropic's, Google's, Mistral's, Azure's and AWS's clients."""

from contextlib import closing
from typing import Any

import anthropic
import boto3
import mistralai
from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage
from azure.core.credentials import AzureKeyCredential
from botocore.config import Config
from google import genai

from tests.contract.provider_clients.client import KEY, MESSAGES, MODEL, PROMPT, SYSTEM, Client, Error, Heard
from tests.support.providers import FakeProvider

_boto3: Any = boto3


class Anthropic(Client):
    path, header = "/v1/messages", "x-api-key"

    def ask(self, provider: FakeProvider, retries: int = 0) -> Any:
        with self.client(provider, retries) as client:
            said: Any = [{"role": "user", "content": [{"type": "text", "text": PROMPT}]}]
            return client.messages.create(model=MODEL, max_tokens=10, system=SYSTEM, messages=said)

    def read(self, response: Any) -> Heard:
        text = "".join(block.text for block in response.content if block.type == "text")
        usage = response.usage
        tokens = (usage.input_tokens, usage.output_tokens)
        return Heard(text, response.stop_reason, *tokens, None, usage.cache_read_input_tokens)

    def error(self, raised: Any) -> Error:
        response = getattr(raised, "response", None)
        wait = None if response is None else response.headers.get("retry-after")
        return Error(type(raised).__name__, getattr(raised, "status_code", None), wait)

    def models(self, provider: FakeProvider) -> list[str]:
        with self.client(provider, 0) as client:
            return [model.id for model in client.models.list(limit=2)]

    def client(self, provider: FakeProvider, retries: int) -> anthropic.Anthropic:
        return anthropic.Anthropic(api_key=KEY, base_url=provider.host, max_retries=retries)


class Google(Client):
    path, header = f"/v1beta/models/{MODEL}:generateContent", "x-goog-api-key"

    def ask(self, provider: FakeProvider, _: int = 0) -> Any:
        with closing(self.client(provider)) as client:
            config: Any = {"system_instruction": SYSTEM}
            return client.models.generate_content(model=MODEL, contents=[PROMPT], config=config)

    def read(self, response: Any) -> Heard:
        usage = response.usage_metadata
        candidate, feedback = (response.candidates or [None])[0], response.prompt_feedback
        return Heard(
            response.text,
            candidate.finish_reason.value if candidate else feedback.block_reason.value,
            usage.prompt_token_count,
            usage.candidates_token_count,
            usage.thoughts_token_count,
            usage.cached_content_token_count,
        )

    def error(self, raised: Any) -> Error:
        told = getattr(raised, "details", {"error": {}})["error"].get("details", [])
        waits = [detail["retryDelay"] for detail in told if "retryDelay" in detail]
        return Error(type(raised).__name__, getattr(raised, "code", None), waits[0] if waits else None)

    def models(self, provider: FakeProvider) -> list[str]:
        with closing(self.client(provider)) as client:
            listed = client.models.list(config={"page_size": 2})
            return [str(model.name).removeprefix("models/") for model in listed]

    def client(self, provider: FakeProvider) -> genai.Client:
        return genai.Client(api_key=KEY, http_options={"base_url": provider.host})


class Mistral(Client):
    path = "/v1/chat/completions"

    def ask(self, provider: FakeProvider, _: int = 0) -> Any:
        with mistralai.Mistral(api_key=KEY, server_url=provider.host) as client:
            return client.chat.complete(model=MODEL, messages=MESSAGES)

    def read(self, response: Any) -> Heard:
        choice, usage = response.choices[0], response.usage
        tokens = (usage.prompt_tokens, usage.completion_tokens)
        return Heard(choice.message.content, choice.finish_reason, *tokens)

    def error(self, raised: Any) -> Error:
        headers = getattr(raised, "headers", {})
        return Error(type(raised).__name__, getattr(raised, "status_code", None), headers.get("retry-after"))

    def models(self, provider: FakeProvider) -> list[str]:
        with mistralai.Mistral(api_key=KEY, server_url=provider.host) as client:
            return [model.id for model in client.models.list().data or []]


class Azure(Client):
    path, header = "/chat/completions", "api-key"

    def ask(self, provider: FakeProvider, retries: int = 0) -> Any:
        return self.ask_at(provider.host, retries)

    def ask_at(self, address: str, retries: int = 0) -> Any:
        """Ask at an address that may name a deployment."""
        with self.client(address, retries) as client:
            return client.complete(model=MODEL, messages=[SystemMessage(SYSTEM), UserMessage(PROMPT)])

    def read(self, response: Any) -> Heard:
        choice, usage = response.choices[0], response.usage
        thought, read = usage["completion_tokens_details"], usage["prompt_tokens_details"]
        return Heard(
            choice.message.content,
            choice.finish_reason,
            usage.prompt_tokens,
            usage.completion_tokens,
            thought["reasoning_tokens"],
            read["cached_tokens"],
        )

    def error(self, raised: Any) -> Error:
        response = getattr(raised, "response", None)
        wait = None if response is None else response.headers.get("retry-after")
        return Error(type(raised).__name__, getattr(raised, "status_code", None), wait)

    def models(self, provider: FakeProvider) -> list[str]:
        """Return the one model that an address of the catalogue has."""
        with self.client(provider.host) as client:
            return [client.get_model_info().model_name]

    def client(self, address: str, retries: int = 0) -> ChatCompletionsClient:
        return ChatCompletionsClient(address, AzureKeyCredential(KEY), retry_total=retries)


class Bedrock(Client):
    """The key is in the environment, see ``test_fake_providers.py``."""

    path = f"/model/{MODEL}/converse"

    def ask(self, provider: FakeProvider, retries: int = 0) -> Any:
        with closing(self.client("bedrock-runtime", provider, retries)) as client:
            return client.converse(
                modelId=MODEL,
                system=[{"text": SYSTEM}],
                messages=[{"role": "user", "content": [{"text": PROMPT}]}],
            )

    def read(self, response: Any) -> Heard:
        usage = response["usage"]
        blocks = response["output"]["message"]["content"]
        text = "".join(block.get("text", "") for block in blocks)
        tokens = (usage["inputTokens"], usage["outputTokens"])
        return Heard(text, response["stopReason"], *tokens, None, usage["cacheReadInputTokens"])

    def error(self, raised: Any) -> Error:
        response = getattr(raised, "response", {})
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return Error(type(raised).__name__, status, None)

    def models(self, provider: FakeProvider) -> list[str]:
        """Return those of the catalogue, if the profiles are those."""
        with closing(self.client("bedrock", provider)) as client:
            listed = [model["modelId"] for model in client.list_foundation_models()["modelSummaries"]]
            pages = client.get_paginator("list_inference_profiles").paginate(PaginationConfig={"PageSize": 2})
            profiles = [
                item["inferenceProfileId"] for page in pages for item in page["inferenceProfileSummaries"]
            ]
        assert profiles == [f"us.{name}" for name in listed]
        return listed

    def client(self, name: str, provider: FakeProvider, retries: int = 0) -> Any:
        config = Config(retries={"total_max_attempts": retries + 1})
        trust = str(provider.certificate)
        address = {"endpoint_url": provider.host, "region_name": "us-east-1"}
        # The session of this process may have looked for a key before there was one.
        return _boto3.Session().client(name, verify=trust, config=config, **address)
