"""A job of which some interviews fail, its error report, and the report's own lines run."""

import contextlib
import io
import json
import re
from typing import Any

from edsl import Coop, QuestionNumerical, Scenario

question = QuestionNumerical(question_name="count", question_text="{{ scenario.text }}")
scenarios = [Scenario({"text": text}) for text in ("How many riddles are there?", "How many cats?")]
results = question.by(scenarios).run()

coop = Coop()
markdown = coop.get_error_report_markdown(results.job_uuid)
history = coop.get_error_report_task_history(results.job_uuid, as_object=True)
address = coop.remote_inference_get(results.job_uuid)["latest_job_run_details"]["error_report_url"]

(lines,) = re.findall(r"```python\n(.*?)```", markdown.partition("## What you can do next")[0], re.DOTALL)
space: dict[str, Any] = {}
with contextlib.redirect_stdout(io.StringIO()):
    exec(lines, space)

told = {
    "answers": results.select("count").to_list(),
    "markdown": markdown,
    "models": [[*model, count] for model, count in history.exceptions_by_model.items()],
    "again": space["results"].select("count").to_list(),
    "address": address,
}
print(json.dumps(told))
