"""Which protocol each of edsl's services speaks."""

from collections.abc import Mapping

from tests.support.providers.anthropic_messages import Anthropic
from tests.support.providers.azure_inference import Azure
from tests.support.providers.bedrock_converse import Bedrock
from tests.support.providers.google_generate import Google
from tests.support.providers.groq_chat import Groq
from tests.support.providers.mistral_chat import Mistral
from tests.support.providers.openai_chat import OpenAIChat
from tests.support.providers.openai_dialects import (
    XAI,
    DeepInfra,
    DeepSeek,
    Local,
    OpenRouter,
    Perplexity,
    Together,
)
from tests.support.providers.openai_responses import OpenAIResponses
from tests.support.providers.protocol import Protocol

PROTOCOLS: Mapping[str, type[Protocol]] = {
    "anthropic": Anthropic,
    "azure": Azure,
    "bedrock": Bedrock,
    "deep_infra": DeepInfra,
    "deepseek": DeepSeek,
    "google": Google,
    "groq": Groq,
    "mistral": Mistral,
    "ollama": Local,
    "open_router": OpenRouter,
    "openai": OpenAIChat,
    "openai_compatible": Local,
    "openai_v2": OpenAIResponses,
    "perplexity": Perplexity,
    "together": Together,
    "xai": XAI,
}
"""All but ``test``, which asks nobody, and ``meta``, which edsl has no client for."""
