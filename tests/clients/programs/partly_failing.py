"""Three interviews, of which one gets an answer that is no number."""

import json

from edsl import QuestionNumerical, Scenario, ScenarioList, Survey

from tests.clients.programs.models import openai_model

survey = Survey([QuestionNumerical(question_name="q", question_text="How many {{ thing }} are there?")])
things = ScenarioList([Scenario({"thing": thing}) for thing in ("rivers", "riddles", "roads")])
results = survey.by(things).by(openai_model("gpt-4o")).run()
print(json.dumps([row["answer"]["q"] for row in results.to_dict()["data"]]))
