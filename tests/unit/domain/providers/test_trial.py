"""What providers' answers say of keys, in words."""

import pytest

from chalicelib.domain.providers.account_keys import takers
from chalicelib.domain.providers.trial import trouble_with

KEY = "sk-0123456789"
OPENAI = (
    '{"error": {"message": "Incorrect API key provided: sk-0123456789.", "type": "invalid_request_error"}}'
)
GOOGLE = '[{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}]'


@pytest.mark.parametrize("service", takers())
def test_a_good_key_has_no_trouble(service: str) -> None:
    assert trouble_with(service, KEY, 200, "") == ""


@pytest.mark.parametrize("status", [400, 404, 422])
def test_where_nothing_is_asked_a_good_key_is_told_what_is_missing(status: int) -> None:
    assert trouble_with("perplexity", KEY, status, "{}") == ""
    assert trouble_with("perplexity", KEY, 401, "{}").startswith("perplexity refuses this key")
    assert trouble_with("openai", KEY, status, "{}").startswith("openai refuses this key")


@pytest.mark.parametrize(
    ("service", "status", "text", "told"),
    [
        ("openai", 401, OPENAI, "refuses this key (it answered 401: “Incorrect API key provided: ….”)"),
        ("google", 400, GOOGLE, "refuses this key (it answered 400: “API key not valid.”)"),
        ("xai", 403, '{"error": "No such\\n key"}', "403: “No such key”"),
        ("mistral", 401, '{"detail": "Unauthorized"}', "401: “Unauthorized”"),
        ("groq", 401, "<html>", "(it answered 401)"),
        ("groq", 401, "[" * 4000, "(it answered 401)"),
        ("groq", 401, '{"error": {"message": 3}}', "(it answered 401)"),
        ("openai", 429, OPENAI, "knows this key, but takes no calls with it now (it answered 429"),
        ("deepseek", 402, "", "knows this key, but takes no calls"),
        ("openai", 503, OPENAI, "has trouble of its own (it answered 503)"),
        ("openai", 302, "", "has trouble of its own (it answered 302)"),
    ],
)
def test_trouble_is_told_in_words_without_the_key(service: str, status: int, text: str, told: str) -> None:
    said = trouble_with(service, KEY, status, text)
    assert told in said
    assert KEY not in said


def test_a_long_refusal_is_cut() -> None:
    said = trouble_with("openai", KEY, 401, '{"error": {"message": "' + "x" * 4000 + '"}}')
    assert len(said) < 400
