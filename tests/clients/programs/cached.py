"""A survey of free texts, written so that every release of edsl runs it; prints what came of it, as JSON.

The argument is JSON: ``{"texts": [...], "model": [service, name], "saved_model": false, "runs": [{}, ...]}``;
``runs`` are the words that each run of the same survey gets.
"""

import json
import sys

from edsl import QuestionFreeText, Survey

from tests.clients.programs.models import model, model_as_it_was_saved

asked = json.loads(sys.argv[1])
names = [f"q{number}" for number in range(len(asked["texts"]))]
questions = [
    QuestionFreeText(question_name=name, question_text=text)
    for name, text in zip(names, asked["texts"], strict=True)
]
made = model_as_it_was_saved if asked["saved_model"] else model
job = Survey(questions).by(made(*asked["model"]))


def cache_used(result):
    """Return what a release tells of its answers: whether each came from a cache. None: it tells nothing."""
    told = result.data.get("cache_used_dict")
    return [told[name] for name in names] if told else None


ran = []
for words in asked["runs"]:
    (result,) = job.run(**words)
    ran.append({"answers": [result.answer[name] for name in names], "cached": cache_used(result)})
print()
print(json.dumps(ran))
