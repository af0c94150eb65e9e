"""Send four hundred interviews with edsl 1.0.9 and read what is finished of them while the rest still runs.

Prints what was seen on the way, and how the streamed results differ from those pulled, as JSON.
"""

import contextlib
import io
import json
import time

from edsl import QuestionFreeText, Scenario, ScenarioList, Survey
from edsl.coop import Coop

from tests.clients.programs.models import openai_model
from tests.clients.programs.streaming import difference, send, streamed

ENDED = ("completed", "partial_failed", "failed", "cancelled")
PAGE = 70


def look(coop, job_uuid):
    """Read everything that is finished at this moment; return it by interview."""
    told = coop.remote_inference_results_manifest(job_uuid, page_size=PAGE)
    pages = [
        coop.remote_inference_results_page(job_uuid, page=number, page_size=told["page_size"])
        for number in range(told["page_count"])
    ]
    interviews = [interview for page in pages for interview in page["interviews"]]
    return {int(interview["interview_id"]): interview["scenario"]["number"] for interview in interviews}, told


def status_of(coop, job_uuid):
    """Return how a job stands at this moment: the client's own call could wait for the job's end."""
    asked = {"job_uuid": job_uuid, "wait": 0}
    return coop._send_server_request(uri="api/v0/remote-inference", method="GET", params=asked).json()


def main():
    survey = Survey([QuestionFreeText(question_name="q", question_text="What of {{ scenario.number }}?")])
    scenarios = ScenarioList([Scenario({"number": number}) for number in range(700)])
    coop = Coop()
    seen = []
    with contextlib.redirect_stdout(io.StringIO()):
        handler, sent = send(survey.by(scenarios).by(openai_model("gpt-4o")))
        while (status := status_of(coop, sent.job_uuid))["status"] not in ENDED:
            found, told = look(coop, sent.job_uuid)
            seen.append(
                {
                    "finished": len(found),
                    "right": list(found) == sorted(found) and all(key == found[key] for key in found),
                    "told": told["total_interviews"],
                    "available": status["latest_job_run_details"]["results_available"],
                    "running": coop.get_running_jobs() == [sent.job_uuid],
                }
            )
            time.sleep(0.2)
        found, told = look(coop, sent.job_uuid)
        pulled, _ = handler.poll_remote_inference_job(sent)
        differs = difference(pulled, streamed(handler, sent))
    ended = {"finished": len(found), "told": told["total_interviews"], "status": told["status"]}
    print(json.dumps({"seen": seen, "ended": ended, "differs": differs, "running": coop.get_running_jobs()}))


if __name__ == "__main__":
    main()
