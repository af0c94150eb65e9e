"""The demo's survey, as a social scientist would write it. Runs in the client's own environment.

Nothing here knows Perch: the client finds it by EXPECTED_PARROT_URL and EXPECTED_PARROT_API_KEY.
"""

import sys
import time

from edsl import (
    Agent,
    AgentList,
    Model,
    QuestionFreeText,
    QuestionLinearScale,
    QuestionNumerical,
    Results,
    ScenarioList,
    Survey,
)

CANNED = {"thought": "It is pleasant.", "visits": "4", "minutes": "30", "missing": "More benches."}
MODELS = {
    "smollm2": lambda: Model(
        "smollm2-135m-instruct", service_name="openai_compatible", temperature=0, max_tokens=200
    ),
    "test": lambda: Model("test", canned_response=CANNED),
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
    """Return four questions: the last pipes an earlier answer, and is skipped for those who never go."""
    return Survey(
        [
            QuestionFreeText(
                question_name="thought",
                question_text="In one short sentence: what do you think of {{ scenario.place }}?",
            ),
            QuestionLinearScale(
                question_name="visits",
                question_text="How often do you visit {{ scenario.place }}?",
                question_options=[1, 2, 3, 4, 5],
                option_labels={1: "never", 5: "every day"},
            ),
            QuestionNumerical(
                question_name="minutes",
                question_text="How many minutes do you stay in {{ scenario.place }}?",
                min_value=0,
                max_value=600,
            ),
            QuestionFreeText(
                question_name="missing",
                question_text="You said: {{ thought.answer }} What would make {{ scenario.place }} better?",
            ),
        ]
    ).add_skip_rule("missing", "{{ visits.answer }} == 1")


def main() -> None:
    """Run the survey and print the results as a table."""
    job = (
        survey()
        .by(AgentList([Agent(traits=traits) for traits in PEOPLE]))
        .by(ScenarioList.from_list("place", PLACES))
        .by(MODELS[sys.argv[1]]())
    )
    results = job.run(remote_inference_description="What people think of places", verbose=True)
    answers = results.select("agent.occupation", "scenario.place", "answer.visits", "answer.minutes")
    print(answers.table(tablefmt="rich"))
    words = results.select("agent.occupation", "answer.thought", "answer.missing")
    print(words.table(tablefmt="rich"))
    print("The same survey once more:")
    began = time.monotonic()
    again = job.run(remote_inference_description="What people think of places, again", verbose=False)
    print(f"{told(again)}, {time.monotonic() - began:.1f} s.")


def told(results: Results) -> str:
    """Say how many answers a model gave now, and how many came from the remote cache."""
    cached = [used for result in results for used in result["cache_used_dict"].values() if used is not None]
    return f"{len(cached)} answers, {sum(cached)} of them from the remote cache"


if __name__ == "__main__":
    main()
