"""The study, as a social scientist would write it. Runs in the client's own environment.

``python study.py places`` runs one part of it; nothing here knows Perch.
"""

import sys
from collections.abc import Callable

from edsl import (
    Agent,
    AgentList,
    Model,
    ModelList,
    QuestionCheckBox,
    QuestionFreeText,
    QuestionLinearScale,
    QuestionMultipleChoice,
    QuestionNumerical,
    QuestionYesNo,
    ScenarioList,
    Survey,
)

from infra.screenshots.questions import (
    BETTER,
    EVENING_BUS,
    LIKED,
    LIKES,
    MINUTES,
    NIGHT_TRAIN,
    OFTEN,
    OFTEN_ASKED,
    PEOPLE,
    PLACES,
    WAY,
    WAYS,
)


def models(*names: str) -> ModelList:
    """Return models of the service that the stack offers."""
    return ModelList([Model(name, service_name="openai") for name in names])


def places() -> Survey:
    """Return five questions about a place of the town."""
    return Survey(
        [
            QuestionMultipleChoice(
                question_name="way",
                question_text=f"{WAY} {{{{ scenario.place }}}}?",
                question_options=list(WAYS),
            ),
            QuestionLinearScale(
                question_name="often",
                question_text=f"{OFTEN_ASKED} {{{{ scenario.place }}}}?",
                question_options=[1, 2, 3, 4, 5],
                option_labels=OFTEN,
            ),
            QuestionNumerical(
                question_name="minutes",
                question_text=f"{MINUTES} {{{{ scenario.place }}}}?",
                min_value=0,
                max_value=600,
            ),
            QuestionCheckBox(
                question_name="likes",
                question_text=f"{LIKED} {{{{ scenario.place }}}}?",
                question_options=list(LIKES),
            ),
            QuestionFreeText(
                question_name="better",
                question_text=f"{BETTER} {{{{ scenario.place }}}} better?",
            ),
        ]
    )


def run(survey: Survey, description: str, *names: str, scenarios: bool = True) -> None:
    """Run a survey of all people, about all places if it has any."""
    job = survey.by(AgentList([Agent(traits=traits) for traits in PEOPLE])).by(models(*names))
    if scenarios:
        job = job.by(ScenarioList.from_list("place", list(PLACES)))
    job.run(remote_inference_description=description, verbose=False)


def buses() -> Survey:
    """Return a question that its provider refuses."""
    return Survey([QuestionNumerical(question_name="hour", question_text=f"{EVENING_BUS}?")])


def trains() -> Survey:
    """Return a question whose answers take long."""
    return Survey([QuestionYesNo(question_name="train", question_text=f"{NIGHT_TRAIN}?")])


PARTS: dict[str, Callable[[], None]] = {
    "places": lambda: run(places(), "What people think of places in town", "gpt-4o", "gpt-4o-mini"),
    "third": lambda: run(places(), "Places in town, with a third model", "gpt-4o", "gpt-4o-mini", "gpt-4.1"),
    "buses": lambda: run(buses(), "Evening buses", "gpt-4o-mini", scenarios=False),
    "trains": lambda: run(trains(), "Night trains", "gpt-4o", "gpt-4o-mini", "gpt-4.1", scenarios=False),
}


if __name__ == "__main__":
    for part in sys.argv[1:]:
        PARTS[part]()
