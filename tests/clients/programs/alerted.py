"""Ask to be told of a job's end, as a user of 1.0.9 does; the first argument is the webhook's address."""

import sys

from edsl import QuestionFreeText

from tests.clients.programs.models import model

question = QuestionFreeText(question_name="q", question_text="Say hello to Ada.")
alert = {"filters": {"status": "completed"}, "email": True, "webhooks": [{"url": sys.argv[1]}]}
results = question.by(model("openai", "gpt-4o")).run(alert_on_completion_config=alert)
print(len(results))
