"""Forty interviews whose rows carry much text: more than a function may answer inline."""

import json

from edsl import QuestionFreeText, Scenario, ScenarioList, Survey

from tests.clients.programs.models import openai_model

LENGTH = 150_000
survey = Survey([QuestionFreeText(question_name="q", question_text="Summarise {{ number }}.")])
texts = ScenarioList([Scenario({"number": number, "text": "x" * LENGTH}) for number in range(40)])
results = survey.by(texts).by(openai_model("gpt-4o")).run()
rows = results.to_dict()["data"]
print(json.dumps({"rows": len(rows), "characters": sum(len(row["scenario"]["text"]) for row in rows)}))
