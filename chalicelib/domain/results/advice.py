"""What probably caused an exception, and what to try: data, looked through from the top.

Messages come before types: edsl 1.0.9's runner calls whatever holds the letters "rate" a ``rate_limit``
("gene*rate*d" included) and most of what providers refuse ``unknown``, while their messages are plain.
"""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Advice:
    """Exceptions whose type and message match the patterns, told to the person whose job met them."""

    cause: str
    tries: tuple[str, ...]
    types: str = ""
    """Pattern of the whole type; empty for any."""
    message: str = ""
    """Pattern of some part of the message, whatever its case; empty for any. What its group ``what``
    finds is put where the cause says ``{what}``."""
    answered: bool = False
    """The model did answer, so that its answer says more than the message."""
    misnamed: bool = False
    """There is no model of that name, so that the names that there are say more."""
    own_key: bool = False
    """A key of one's own for the service mends it."""


RETRY = "Run again what failed: what came out well is kept."
OWN_KEY = (
    "Give this Perch a key of your own for the service; one that is there is used instead of the operator's."
)
ON_YOUR_OWN = "Run such a job on your own computer: `run(disable_remote_inference=True)`."

ADVICE: tuple[Advice, ...] = (
    Advice(
        message="which this server does not offer",
        cause="This Perch has no key for the service of this model.",
        tries=(OWN_KEY, "Ask its operator to offer that service.", "Choose a model of another service."),
        own_key=True,
    ),
    Advice(
        types="InterviewTimeoutError",
        cause="The interview took longer than it was allowed to.",
        tries=(
            "Allow more seconds for each interview: `run(task_timeout=900)`.",
            "Ask fewer questions in one survey, or choose a faster model.",
        ),
    ),
    Advice(
        types="InterviewLostError",
        message="service",
        cause="The service of this model is not, or no longer, one that this Perch offers.",
        tries=(
            "Choose a model of a service that it offers.",
            "Ask its operator to offer that service.",
            OWN_KEY,
        ),
        own_key=True,
    ),
    Advice(
        types="InterviewLostError",
        cause="Nothing came out of this interview: what ran it stopped, or it cannot be loaded.",
        tries=(
            RETRY,
            "If it is always the same interview, look at its agent and scenario: very large files, say, "
            "or fields that edsl cannot load.",
        ),
    ),
    Advice(
        types="DirectAnswerTimeoutError|direct_answer_error",
        message="second",
        cause="A question that Python answers, not a model, took too long.",
        tries=("Make the function faster; it must end by itself.",),
    ),
    Advice(
        types="direct_answer_error",
        message="pydot|Graphviz",
        cause="Perch draws no diagrams: what edsl draws them with is not there.",
        tries=(ON_YOUR_OWN, "Have a question ask for the diagram's source as text, and draw that yourself."),
    ),
    Advice(
        types="validation_error",
        message="File does not exist|Path is not a file",
        cause="The question wants the name of a file of the machine that it is asked on, and Perch has none.",
        tries=(ON_YOUR_OWN, "Give the file to the models instead: a `FileStore` in a scenario."),
        answered=True,
    ),
    Advice(
        types="direct_answer_error",
        cause="A question that Python answers, not a model, raised this error.",
        tries=("Correct the function, trying it by itself with the example's agent and scenario.",),
    ),
    Advice(
        types="TemplateError",
        message=r"(?:no attribute '(?P<what>[^']+)'|'(?P<name>[^']+)' is undefined)",
        cause="The prompt cannot be written: it uses `{what}`, which is not there.",
        tries=(
            "Compare the names in the question's double braces with the fields of the scenario, the traits "
            "of the agent and the names of earlier questions.",
            "Where only some scenarios have a field, give it to all, or write "
            "`{{ scenario.field | default('') }}`.",
        ),
    ),
    Advice(
        types="TemplateError",
        cause="The prompt cannot be written: something in its double braces is wrong.",
        tries=("Correct what the message names in the question's text.",),
    ),
    Advice(
        message="skip-rule evaluation failed",
        cause="The expression that decides whether this question is skipped cannot be evaluated.",
        tries=("Correct the rule: the names in it must be those of earlier questions, traits or fields.",),
    ),
    Advice(
        types="validation_error|QuestionAnswerValidationError",
        cause="The model answered, but its answer does not fit the question.",
        tries=(
            "Say in the question's text in what form to answer, or widen what it takes "
            "(options, least and greatest value).",
            "Choose a model that follows instructions better.",
            "Ask a free-text question instead, and read what you need out of the answer.",
        ),
        answered=True,
    ),
    Advice(
        message="^The answer was cut off",
        cause="The model's answer is longer than it was allowed to be, so only its beginning came.",
        tries=(
            "Allow more tokens: `Model('name', max_tokens=4000)`; some services call it otherwise.",
            "Ask for a shorter answer. A model that reasons spends its tokens on that, too.",
        ),
    ),
    Advice(
        message="^The model refused to answer",
        cause="The model would not answer the question.",
        tries=("Word the question, the persona or the scenario differently.", "Choose another model."),
    ),
    Advice(
        message="^The model's answer was empty",
        cause="The provider answered, but there was nothing in its answer, at each try.",
        tries=(RETRY, "Allow more tokens, or choose another model."),
    ),
    Advice(
        message=r"insufficient[_ ](quota|balance|funds|credit)|exceeded your current quota"
        r"|credit balance is too low|payment required|error code: 402|billing",
        cause="The account with this provider, whose key was used, is out of credit or over its quota.",
        tries=(
            "If the key is the operator's, tell the operator of this Perch.",
            OWN_KEY,
            "Meanwhile choose a model of another service.",
        ),
        own_key=True,
    ),
    Advice(
        message=r"error code: 401|invalid[_ ]api[_ ]key|(incorrect|invalid) api key|api key not valid"
        r"|authentication|unauthori[sz]ed",
        cause="The provider refused the key that it was asked with.",
        tries=(
            "If the key is your own, look at it on the page of your keys, and test it there.",
            "If it is the operator's, tell the operator of this Perch.",
            OWN_KEY,
        ),
        own_key=True,
    ),
    Advice(
        message=r"error code: 403|permission[_ ]denied|permissiondenied|forbidden|not allowed to",
        cause="The key that this provider was asked with may not use this model.",
        tries=("Choose another model.", "Ask the operator of this Perch for access to it.", OWN_KEY),
        own_key=True,
    ),
    Advice(
        message=r"context[_ ]length|maximum context|too many tokens|prompt is too long|input is too long"
        r"|reduce the length|error code: 413|request too large",
        cause="The prompt is longer than this model takes.",
        tries=(
            "Shorten the question, the scenario or the agent's traits; give the model fewer earlier answers "
            "to remember.",
            "Choose a model that takes longer prompts.",
        ),
    ),
    Advice(
        message=r"content[_ ]?(policy|filter|management)|safety|moderation|flagged|recitation|prohibited",
        cause="The provider's content filter stopped the question or the answer.",
        tries=("Word the question, the persona or the scenario differently.", "Choose another model."),
    ),
    Advice(
        message=r"error code: 404|^404 |model identifier is invalid|invalid model|model[_ ]not[_ ]found"
        r"|no such model|(model|deployment).{0,80}"
        r"(does not exist|not found|is not supported|decommissioned|retired)",
        cause="The provider has no model of this name, or not for the key that this Perch has.",
        tries=(
            "Check the name's spelling: `Model.available()` lists what there is.",
            "Name the service too: `Model('name', service_name='service')`.",
        ),
        misnamed=True,
    ),
    Advice(
        message=r"\b429\b|rate[_ -]?limit|too many requests|resource[_ ]?exhausted|throttl",
        cause="The provider limits how much it is asked a minute, and each further try was refused as well.",
        tries=(
            RETRY,
            "Ask the operator of this Perch to let this service have fewer calls at once.",
        ),
    ),
    Advice(
        types="server_error|InternalServerError|APIStatusError",
        cause="The provider was out of order or overloaded, at each try.",
        tries=(RETRY, "If it lasts, choose a model of another service."),
    ),
    Advice(
        message=r"error code: 5\d\d|overloaded|internal server error|bad gateway|service unavailable",
        cause="The provider was out of order or overloaded, at each try.",
        tries=(RETRY, "If it lasts, choose a model of another service."),
    ),
    Advice(
        message=r"timed? ?out",
        cause="The provider did not answer in time, or could not be reached.",
        tries=(RETRY, "If it is always so, tell the operator of this Perch."),
    ),
    Advice(
        message=r"connection|connect call failed|name or service not known|unreachable|ssl|certificate",
        cause="The provider could not be reached from this Perch.",
        tries=(RETRY, "If it is always so, tell the operator: the service's address may be wrong."),
    ),
    Advice(
        types="MissingCompletedTaskAnswerError",
        cause="edsl took the question for answered, but no answer was kept: an error of edsl's own.",
        tries=(RETRY,),
    ),
    Advice(
        types="no_queue",
        cause="This Perch has no key and address for the service of this model.",
        tries=("Choose a model of another service.", "Tell the operator of this Perch.", OWN_KEY),
        own_key=True,
    ),
    Advice(
        types="RunnerError",
        cause="The question was never asked: what it depends on did not come to an end.",
        tries=("Look first at the other exceptions of the same interviews.", RETRY),
    ),
    Advice(
        types="invalid_request|BadRequestError",
        cause="The provider does not take the request as it is: often a parameter of the model.",
        tries=("Compare the model's parameters with what its provider documents.", "Leave them out."),
    ),
    Advice(
        types="other exceptions",
        cause="These are of so many further kinds that they are only counted.",
        tries=("Mend the kinds above first: often they are of one cause.",),
    ),
)
FALLBACK = Advice(
    cause="Nothing is known about this kind; the message is all there is.",
    tries=("Reproduce it with the lines below, and change one thing at a time.", RETRY),
)


@dataclass(frozen=True)
class Told:
    """A likely cause and what to try, in sentences for a person."""

    cause: str
    tries: tuple[str, ...]
    answered: bool
    misnamed: bool
    own_key: bool


def advice_on(exception_type: str, message: str) -> Told:
    """Return what is known about an exception of a type and message."""
    for advice in (*ADVICE, FALLBACK):
        types, words = _patterns(advice)
        found = words.search(message)
        if types.fullmatch(exception_type) and found:
            named = next((text for text in found.groupdict().values() if text), "")
            cause = advice.cause.replace("{what}", named)
            return Told(cause, advice.tries, advice.answered, advice.misnamed, advice.own_key)
    raise AssertionError("the last piece of advice fits everything")


@cache
def _patterns(advice: Advice) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile(advice.types or ".*", re.DOTALL), re.compile(advice.message, re.IGNORECASE)
