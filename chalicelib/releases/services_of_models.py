"""Which service a model belongs to, for clients that do not say.

0.1.33 sends models by name only. Its own factory asked the services in turn which had the
model; these are the families of names its services had (edsl 0.1.33, ``inference_services``).
The engine would turn every name it does not know into the test model (client contract, section 7).
"""

PREFIXES: tuple[tuple[str, str], ...] = (
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("text-", "openai"),
    ("dall-e", "openai"),
    ("davinci", "openai"),
    ("claude", "anthropic"),
    ("gemini", "google"),
    ("mistral-", "mistral"),
    ("open-mistral", "mistral"),
    ("open-mixtral", "mistral"),
    ("codestral", "mistral"),
    ("pixtral", "mistral"),
    ("ministral", "mistral"),
    ("llama-3.1-", "groq"),
    ("llama3-", "groq"),
    ("llama-guard", "groq"),
    ("mixtral-8x7b-32768", "groq"),
    ("gemma", "groq"),
    ("whisper", "groq"),
    ("amazon.", "bedrock"),
    ("anthropic.", "bedrock"),
    ("cohere.", "bedrock"),
    ("meta.", "bedrock"),
    ("mistral.", "bedrock"),
    ("sonar", "perplexity"),
)
OPEN_MODELS_SERVICE = "deep_infra"
TEST_MODELS = frozenset({"test", "canned"})


def service_of_model(model: str) -> str | None:
    """Return the service that a model's name points to, or None."""
    if model in TEST_MODELS:
        return "test"
    for prefix, service in PREFIXES:
        if model.startswith(prefix):
            return service
    # Hugging Face style names ("meta-llama/…") were Deep Infra's in those releases.
    return OPEN_MODELS_SERVICE if "/" in model else None
