"""The demo's survey, as a social scientist would write it. Runs in the client's own environment.

Nothing here knows Perch: the client finds it by EXPECTED_PARROT_URL and EXPECTED_PARROT_API_KEY.
"""

import sys

from edsl import (
    Agent,
    AgentList,
    Model,
    QuestionFreeText,
    QuestionLinearScale,
    QuestionNumerical,
    ScenarioList,
    Survey,
)

MODELS = {
    "smollm2": lambda: Model(
        "smollm2-135m-instruct", service_name="openai_compatible", temperature=0, max_tokens=24
    ),
    "test": lambda: Model("test"),
}

PLACES = ["a public library", "a city park", "a street market", "a swimming pool"]
PEOPLE = [
    {"age": 24, "occupation": "student"},
    {"age": 31, "occupation": "nurse"},
    {"age": 45, "occupation": "bus driver"},
    {"age": 52, "occupation": "teacher"},
    {"age": 67, "occupation": "retired carpenter"},
    {"age": 38, "occupation": "shopkeeper"},
]


def survey() -> Survey:
    """Return four questions: one pipes an earlier answer, one is skipped for those who like the place."""
    return Survey(
        [
            QuestionFreeText(
                question_name="word",
                question_text="In one short sentence: what do you think of {{ scenario.place }}?",
            ),
            QuestionNumerical(
                question_name="visits",
                question_text="On how many days a month do you go to {{ scenario.place }}?",
                min_value=0,
                max_value=31,
            ),
            QuestionLinearScale(
                question_name="liking",
                question_text="You said: {{ word.answer }} How much do you like {{ scenario.place }}?",
                question_options=[1, 2, 3, 4, 5],
                option_labels={1: "not at all", 5: "very much"},
            ),
            QuestionFreeText(
                question_name="missing",
                question_text="In one short sentence: what would make {{ scenario.place }} better?",
            ),
        ]
    ).add_skip_rule("missing", "{{ liking.answer }} > 3")


def main() -> None:
    """Run the survey and print the results as a table."""
    job = (
        survey()
        .by(AgentList([Agent(traits=traits) for traits in PEOPLE]))
        .by(ScenarioList.from_list("place", PLACES))
        .by(MODELS[sys.argv[1]]())
    )
    results = job.run(remote_inference_description="What people think of places", verbose=True)
    columns = ("agent.occupation", "agent.age", "scenario.place", "answer.word", "answer.visits",
               "answer.liking", "answer.missing")  # fmt: skip
    print(results.select(*columns).table(tablefmt="rich"))


if __name__ == "__main__":
    main()
