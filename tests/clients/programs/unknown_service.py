"""Ask for a model of a service that the operator has not."""

from edsl import QuestionFreeText

from tests.clients.programs.models import SENDS_SERVICES, model

SERVICE, MODEL = (
    ("groq", "llama-3.1-8b-instant") if SENDS_SERVICES else ("anthropic", "claude-3-5-sonnet-20240620")
)
results = QuestionFreeText(question_name="q", question_text="How are you?").by(model(SERVICE, MODEL)).run()
print(results)
