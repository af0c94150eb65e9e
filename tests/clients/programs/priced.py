"""What the rows of a remote run cost, and those of a local one that asks the same server for prices.

Arguments: the model's service and name, and whether to run it locally too, as JSON.
"""

import json
import sys

from edsl import Cache, QuestionFreeText, Survey

from tests.clients.programs.models import model

service, name, locally = *sys.argv[1:3], json.loads(sys.argv[3])
FIELDS = (
    "cost",
    "input_tokens",
    "output_tokens",
    "input_price_per_million_tokens",
    "output_price_per_million_tokens",
)


def costs(results):
    raw = [row["raw_model_response"] for row in results.to_dict()["data"]]
    return [{field: row.get(f"mood_{field}") for field in FIELDS} for row in raw]


def job():
    question = QuestionFreeText(question_name="mood", question_text="How do you feel?")
    return Survey([question]).by(model(service, name))


found = [costs(job().run())]
if locally:
    found.append(costs(job().run(cache=Cache(), disable_remote_inference=True, disable_remote_cache=True)))
print()
print(json.dumps(found))
