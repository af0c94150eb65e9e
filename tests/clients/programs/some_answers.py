"""Twelve interviews of ten questions each, of which one gets an answer that is no number."""

import json

from edsl import QuestionFreeText, QuestionNumerical, Scenario, ScenarioList, Survey

from tests.clients.programs.models import openai_model

questions = [
    QuestionFreeText(question_name=f"q{number}", question_text="What of " + str(number) + "{{ thing }}?")
    for number in range(9)
]
riddle = QuestionNumerical(question_name="riddle", question_text="How many riddles are in {{ thing }}?")
things = ScenarioList([Scenario({"thing": f"thing {number}"}) for number in range(12)])
results = Survey([*questions, riddle]).by(things).by(openai_model("gpt-4o")).run()
rows = [row["answer"] for row in results.to_dict()["data"]]
given = sum(answer is not None for row in rows for answer in row.values())
print(json.dumps([len(rows), given, [row["riddle"] for row in rows]]))
