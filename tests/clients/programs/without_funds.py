"""A survey that its account cannot pay for."""

import json

from edsl import QuestionFreeText, Survey

from tests.clients.programs.models import openai_model

question = QuestionFreeText(question_name="q", question_text="How do you feel about being poor?")
results = Survey([question]).by(openai_model("gpt-4o")).run()
print(json.dumps(None if results is None else len(results)))
