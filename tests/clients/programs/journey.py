"""The way of a user through all endings, written so that every release of edsl goes it.

Prints a line of JSON for each part: what came back, what it raised, what it printed, and whether the client
set out to run the job itself. Each prompt names the release. The parts that are cancelled wait for whoever
runs this program to do so.
"""

import contextlib
import io
import json
import sys

from edsl import (
    QuestionFreeText,
    QuestionMultipleChoice,
    QuestionNumerical,
    Scenario,
    ScenarioList,
    Survey,
    __version__,
)
from edsl.jobs import Jobs

from tests.clients.programs.models import SENDS_SERVICES, model, openai_model

UNKNOWN = ("groq", "llama-3.1-8b-instant") if SENDS_SERVICES else ("anthropic", "claude-3-5-sonnet-20240620")
LOCALLY = ("_run_local", "_execute_with_remote_cache", "_execute_with_runner")
"""What runs a job on the laptop, in one release or another."""


class RanItselfError(BaseException):
    """The client was about to run the job on the laptop, unasked; it is not to hide that as an Exception."""


def refuse(*_, **__):
    raise RanItselfError


def watch():
    """See to it that a run on the laptop is told, and comes to nothing."""
    found = [name for name in LOCALLY if hasattr(Jobs, name)]
    assert found, "this release runs jobs in a way that is not watched"
    for name in found:
        setattr(Jobs, name, refuse)


def survey():
    mood = QuestionMultipleChoice(
        question_name="mood",
        question_text=f"How do you feel about {__version__}?",
        question_options=["Good", "Bad"],
    )
    age = QuestionNumerical(question_name="age", question_text=f"How old is Ada of {__version__}?")
    return Survey([mood, age]).by(openai_model("gpt-4o"))


def counted(*things):
    question = QuestionNumerical(question_name="q", question_text="How many {{ thing }}? " + __version__)
    return of_things(question, things)


def described(*things):
    question = QuestionFreeText(question_name="q", question_text="What of the {{ thing }}? " + __version__)
    return of_things(question, things)


def of_things(question, things):
    scenarios = ScenarioList([Scenario({"thing": thing}) for thing in things])
    return Survey([question]).by(scenarios).by(openai_model("gpt-4o"))


def unknown():
    question = QuestionFreeText(question_name="q", question_text="How are you?")
    return Survey([question]).by(model(*UNKNOWN))


PARTS = {
    "survey": survey,
    "again": survey,
    "partly": lambda: counted("rivers", "riddles", "roads"),
    "failing": lambda: counted("riddles of today", "riddles of old"),
    "unknown": unknown,
    "cancelled": lambda: described("slow boat"),
    "cancelled later": lambda: described("quick boat", "slow train"),
}


def told(name, build):
    """Run a part, and return all that its user gets to know of it."""
    printed = io.StringIO()
    found = {"part": name, "answers": None, "document": "", "raised": None, "locally": False}
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            results = build().run(remote_inference_description=name)
            if results is not None:
                document = results.to_dict()
                found["answers"] = [row["answer"] for row in document["data"]]
                found["document"] = json.dumps(document, default=str)
        except RanItselfError:
            found["locally"] = True
        except Exception as error:  # noqa: BLE001 - whatever it raises is what its user sees
            found["raised"] = f"{type(error).__name__}: {error}"
    return {**found, "printed": printed.getvalue()}


def main():
    watch()
    for name in sys.argv[1:] or PARTS:
        print(json.dumps(told(name, PARTS[name])), flush=True)


if __name__ == "__main__":
    main()
