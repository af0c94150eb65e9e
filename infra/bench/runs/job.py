"""The bench's surveys, made with edsl; run as a program it prints one as a client would send it.

Only programs with a process of their own import this: edsl has no business in the bench itself.
"""

import argparse
import json

from edsl import (
    Agent,
    AgentList,
    Model,
    QuestionFreeText,
    QuestionMultipleChoice,
    Scenario,
    ScenarioList,
    Survey,
)
from edsl.jobs import Jobs

ANSWER = "yes"
"""Valid for both questions, so that nothing is asked twice."""
UNLIMITED_REQUESTS = 1e9
UNLIMITED_TOKENS = 1e12


def two_questions(interviews: int, salt: str) -> Jobs:
    """Return a free text and a choice that pipes it, for as many agents, by edsl's test model.

    ``salt`` makes the prompts of each run its own, so that no cache anywhere can answer them.
    """
    survey = Survey(
        [
            QuestionFreeText(question_name="opinion", question_text="What do you think of public libraries?"),
            QuestionMultipleChoice(
                question_name="visit",
                question_text="You said: {{ opinion.answer }} Would you visit one this week?",
                question_options=[ANSWER, "no", "perhaps"],
            ),
        ]
    )
    model = Model("test", canned_response=ANSWER)
    # The server lifts the limit by a setting of its stage; a job cannot ask for it.
    model.rpm, model.tpm = UNLIMITED_REQUESTS, UNLIMITED_TOKENS
    return survey.by(_people(interviews, salt)).by(model)


def free_texts(interviews: int, salt: str, model: str, questions: int = 1) -> Jobs:
    """Return some free texts for as many agents, by a model of the service ``openai``."""
    survey = Survey(
        [
            QuestionFreeText(
                question_name=f"opinion_{number}",
                question_text=f"What do you think of libraries? That is question {number + 1}.",
            )
            for number in range(questions)
        ]
    )
    return survey.by(_people(interviews, salt)).by(Model(model, service_name="openai", max_tokens=20))


def alike(interviews: int, salt: str, model: str) -> Jobs:
    """Return one free text for as many scenarios, which differ in what it does not ask for."""
    survey = Survey(
        [QuestionFreeText(question_name="opinion", question_text="What of {{ scenario.thing }}?")]
    )
    things = ScenarioList([Scenario({"thing": salt, "number": number}) for number in range(interviews)])
    return Jobs(survey, models=[Model(model, service_name="openai", max_tokens=20)], scenarios=things)


def _people(count: int, salt: str) -> AgentList:
    return AgentList([Agent(traits={"person": f"{salt}-{number}"}) for number in range(count)])


def main() -> None:
    """Print a job as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--interviews", type=int, required=True)
    parser.add_argument("--salt", required=True)
    parser.add_argument("--model", help="ask free texts of this model instead of two of the test model")
    parser.add_argument("--questions", type=int, default=1, help="free texts in each interview")
    parser.add_argument("--alike", action="store_true", help="ask the same each time")
    given = parser.parse_args()
    if given.alike:
        job = alike(given.interviews, given.salt, given.model)
    elif given.model:
        job = free_texts(given.interviews, given.salt, given.model, given.questions)
    else:
        job = two_questions(given.interviews, given.salt)
    print(json.dumps(job.to_dict()))


if __name__ == "__main__":
    main()
