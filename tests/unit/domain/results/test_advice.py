"""Causes and advice, by the types and messages that edsl 1.0.9 and its providers really give."""

import pytest

from chalicelib.domain.results.advice import ADVICE, advice_on

SEEN = [
    ("rate_limit", "Error code: 429 - Rate limit reached for gpt-4o", "limits how much"),
    (
        "rate_limit",
        "Error code: 429 - You exceeded your current quota, please check your plan",
        "out of credit",
    ),
    ("unknown", "Error code: 402 - Insufficient Balance", "out of credit"),
    ("unknown", "Error code: 401 - Incorrect API key provided: [key removed]", "refused the key"),
    ("unknown", "Error code: 403 - forbidden", "may not use"),
    ("unknown", "Error code: 404 - The model `fake` does not exist or you do not have access", "no model"),
    (
        "invalid_request",
        "Error code: 400 - This model's maximum context length is 8192 tokens.",
        "longer than",
    ),
    (
        "invalid_request",
        "Error code: 400 - The response was filtered by the content management policy",
        "filter",
    ),
    ("invalid_request", "Error code: 404 - {'type': 'error', 'error': {'message': 'model: m'}}", "no model"),
    ("invalid_request", "404 None. {'error': {'message': 'models/m is not found for API'}}", "no model"),
    ("invalid_request", "The provided model identifier is invalid.", "no model"),
    ("invalid_request", 'API error occurred: Status 400. Body: {"message":"Invalid model: m"}', "no model"),
    ("invalid_request", "Error code: 400 - Unknown parameter: 'x'", "as it is"),
    ("server_error", "Error code: 503 - overloaded", "out of order"),
    ("unknown", "Error code: 529 - Overloaded", "out of order"),
    (
        "invalid_request",
        "The answer was cut off at the model's limit of tokens (length), after: a",
        "allowed",
    ),
    ("content_policy", "The model refused to answer: I would rather not.", "would not answer"),
    ("content_policy", "The provider's content filter stopped this: SAFETY.", "content filter"),
    ("parse_error", "The model's answer was empty (stop).", "nothing in its answer"),
    ("unknown", "Request timed out.", "did not answer in time"),
    ("unknown", "Connection error.", "could not be reached"),
    (
        "validation_error",
        "1 validation error for ChoiceResponse\nanswer\n  Input should be 'a'",
        "does not fit",
    ),
    ("TemplateError", "The prompt cannot be rendered: 'dict object' has no attribute 'x'", "uses `x`"),
    ("TemplateError", "The prompt cannot be rendered: 'city' is undefined", "uses `city`"),
    ("TemplateError", "The prompt cannot be rendered: unexpected '}'", "double braces"),
    ("InterviewTimeoutError", "The interview took longer than 2 seconds.", "longer than it was allowed"),
    ("InterviewLostError", "This Perch has no service 'x'.", "not, or no longer"),
    ("InterviewLostError", "This interview could not be run: 6 times its worker stopped", "stopped"),
    ("MissingCompletedTaskAnswerError", "Task 1 was marked completed but", "edsl's own"),
    ("direct_answer_error", "division by zero", "raised this error"),
    ("direct_answer_error", "QuestionDiagram requires pydot. Install it with `pip`", "draws no diagrams"),
    ("validation_error", "File does not exist: /picture.png", "wants the name of a file"),
    ("DirectAnswerTimeoutError", "It took longer than 5 seconds.", "took too long"),
    ("NameError", "Skip-rule evaluation failed: name 'q9' is not defined", "skipped"),
    ("RunnerError", "The question was never asked.", "never asked"),
    (
        "",
        "The job asks for the model 'm' of the service 's', which this server does not offer.",
        "no key for",
    ),
    ("no_queue", "No queue available for x/y", "no key and address"),
    ("other exceptions", "", "only counted"),
    # edsl calls this one a rate limit too, for the letters in its middle.
    ("rate_limit", "The generated text is empty.", "Nothing is known"),
    ("ValueError", "Something else", "Nothing is known"),
]


@pytest.mark.parametrize(("kind", "message", "words"), SEEN)
def test_each_kind_has_its_likely_cause_and_something_to_try(kind: str, message: str, words: str) -> None:
    told = advice_on(kind, message)
    assert words in told.cause
    assert "{what}" not in told.cause
    assert told.tries
    assert told.answered == (kind == "validation_error")
    assert told.misnamed == ("no model" in words)


def test_every_piece_of_advice_is_given_to_something_seen() -> None:
    given = {advice_on(kind, message).tries for kind, message, _ in SEEN}
    # By what is tried, for causes have names put into them.
    assert {advice.tries for advice in ADVICE} <= given


def test_a_message_of_any_length_is_looked_through_quickly() -> None:
    assert advice_on("unknown", "model " * 50_000).tries
