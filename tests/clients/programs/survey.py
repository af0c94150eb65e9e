"""A survey of many kinds, written so that every release of edsl runs it. Prints the results as JSON.

Arguments: the words to run it with, as JSON (``{"n": 2}``).
"""

import json
import sys

from edsl import (
    Agent,
    AgentList,
    QuestionFreeText,
    QuestionLinearScale,
    QuestionList,
    QuestionMultipleChoice,
    QuestionNumerical,
    Scenario,
    ScenarioList,
    Survey,
)

from tests.clients.programs.models import openai_model

options = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}

survey = Survey(
    questions=[
        QuestionFreeText(question_name="greeting", question_text="Say hello to {{ name }}."),
        QuestionMultipleChoice(
            question_name="mood", question_text="How do you feel?", question_options=["Good", "Bad"]
        ),
        QuestionNumerical(question_name="age", question_text="How old is {{ name }}?"),
        QuestionLinearScale(
            question_name="liking",
            question_text="After {{ greeting.answer }}, how much do you like it?",
            question_options=[1, 2, 3],
            option_labels={1: "little", 3: "much"},
        ),
        QuestionList(question_name="foods", question_text="Name two foods."),
    ]
).add_skip_rule(
    "foods", "mood == 'Good'" if options.pop("old_rules", False) else "{{ mood.answer }} == 'Good'"
)

job = (
    survey.by(ScenarioList([Scenario({"name": name}) for name in ("Ada", "Bob")]))
    .by(AgentList([Agent(traits={"job": "nurse"}), Agent(traits={"job": "pilot"})]))
    .by(openai_model("gpt-4o"))
)
results = job.run(**options)
print()
print(
    json.dumps(
        None
        if results is None
        else [
            {
                "answer": row["answer"],
                "agent": row["agent"]["traits"]["job"],
                "scenario": row["scenario"]["name"],
                "iteration": row["iteration"],
            }
            for row in results.to_dict()["data"]
        ]
    )
)
