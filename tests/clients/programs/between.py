"""Push, pull and ask all that a release can; print what came of each call as JSON.

Which calls there are differs from release to release: what one has not is left out.
"""

import json

from edsl import Agent, QuestionFreeText, Survey
from edsl.coop import Coop

from tests.clients.programs.models import openai_model

coop = Coop()
question = QuestionFreeText(question_name="q", question_text="What is between releases?")
results = Survey([question]).by(openai_model("gpt-4o")).run()
job_id = getattr(results, "job_uuid", None)
agent = Agent(traits={"likes": "pears"})
pushed = agent.push()


def entries(found):
    return sorted(entry.user_prompt for entry in found)


def cached():
    # Up to 0.1.45 it means all, later those of a job.
    by_job = hasattr(coop, "remote_cache_get_by_key")
    return entries(coop.remote_cache_get(job_uuid=job_id) if by_job else coop.remote_cache_get())


def listed():
    found = coop.list(object_type="agent") if hasattr(coop, "list") else coop.get_all("agent")
    return len(found)


CALLS = {
    "remote_cache_get": cached,
    "legacy_remote_cache_get": lambda: entries(coop.legacy_remote_cache_get()),
    "get_balance": lambda: coop.get_balance()["credits"] > 0,
    "remote_inference_list": lambda: len(coop.remote_inference_list()),
    "remote_inference_cost": lambda: bool(
        coop.remote_inference_cost(Survey([question]).by(openai_model("gpt-4o")))
    ),
    "fetch_models": lambda: "gpt-4o" in coop.fetch_models()["openai"],
    "fetch_working_models": lambda: len(coop.fetch_working_models()) > 0,
    "get_running_jobs": lambda: list(coop.get_running_jobs()),
    "list" if hasattr(coop, "list") else "get_all": listed,
    "pull": lambda: Agent.pull(pushed["uuid"]).traits["likes"],
    "delete": lambda: coop.delete(pushed["uuid"])["status"],
}
told = {}
for name, call in CALLS.items():
    if name in ("pull", "delete") or hasattr(coop, name):
        try:
            told[name] = call()
        except Exception as error:  # noqa: BLE001 - each call stands alone
            told[name] = f"{type(error).__name__}: {error}"
print()
print(json.dumps(told))
