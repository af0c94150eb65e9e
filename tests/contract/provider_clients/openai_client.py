"""OpenAI's client, for both its protocols and all who speak the older one, and Groq's, made after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import groq
import openai

from tests.contract.provider_clients.client import KEY, MESSAGES, MODEL, Client, Error, Heard
from tests.support.providers import FakeProvider


class OpenAI(Client):
    """Chat completions."""

    def __init__(self, base: str = "/v1") -> None:
        self.path = f"{base}/chat/completions"

    def ask(self, provider: FakeProvider, retries: int = 0) -> Any:
        with self.client(provider, retries) as client:
            return client.chat.completions.create(model=MODEL, messages=MESSAGES)

    def read(self, response: Any) -> Heard:
        choice, usage = response.choices[0], response.usage
        thought, read = usage.completion_tokens_details, usage.prompt_tokens_details
        return Heard(
            choice.message.content,
            choice.finish_reason,
            usage.prompt_tokens,
            usage.completion_tokens,
            thought and thought.reasoning_tokens,
            read and read.cached_tokens,
        )

    def error(self, raised: Any) -> Error:
        response = getattr(raised, "response", None)
        wait = None if response is None else response.headers.get("retry-after")
        return Error(type(raised).__name__, getattr(raised, "status_code", None), wait)

    def models(self, provider: FakeProvider) -> list[str]:
        with self.client(provider, 0) as client:
            return [model.id for model in client.models.list()]

    @contextmanager
    def client(self, provider: FakeProvider, retries: int) -> Iterator[Any]:
        """Open a client at the address that operators write."""
        with openai.OpenAI(api_key=KEY, base_url=provider.url, max_retries=retries) as client:
            yield client


class Responses(OpenAI):
    """The newer protocol."""

    path = "/v1/responses"

    def __init__(self) -> None:
        """Its path is known."""

    def ask(self, provider: FakeProvider, retries: int = 0) -> Any:
        with self.client(provider, retries) as client:
            return client.responses.create(model=MODEL, input=MESSAGES)

    def read(self, response: Any) -> Heard:
        usage, incomplete = response.usage, response.incomplete_details
        return Heard(
            response.output_text,
            incomplete.reason if incomplete else response.status,
            usage and usage.input_tokens,
            usage and usage.output_tokens,
            usage and usage.output_tokens_details.reasoning_tokens,
            usage and usage.input_tokens_details.cached_tokens,
        )


class Groq(OpenAI):
    """It puts its path behind the address itself."""

    path = "/openai/v1/chat/completions"

    def __init__(self) -> None:
        """Its path is known."""

    @contextmanager
    def client(self, provider: FakeProvider, retries: int) -> Iterator[Any]:
        with groq.Groq(api_key=KEY, base_url=provider.host, max_retries=retries) as client:
            yield client

    def read(self, response: Any) -> Heard:
        choice, usage = response.choices[0], response.usage
        said = (choice.message.content, choice.finish_reason)
        thought = getattr(usage, "completion_tokens_details", None)
        reasoning = thought.get("reasoning_tokens") if isinstance(thought, dict) else None
        return Heard(*said, usage.prompt_tokens, usage.completion_tokens, reasoning)

    def models(self, provider: FakeProvider) -> list[str]:
        with self.client(provider, 0) as client:
            return [model.id for model in client.models.list().data]
