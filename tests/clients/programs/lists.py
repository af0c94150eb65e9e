"""Run three small jobs with edsl 0.1.62 or 1.0.9 and find them again; print what was found, as JSON."""

import json

from edsl import Jobs, QuestionFreeText, Scenario, ScenarioList, Survey
from edsl.coop import Coop

from tests.clients.programs.models import openai_model

LARGE = 5_000_000


def job(text, scenarios=None):
    survey = Survey([QuestionFreeText(question_name="q", question_text=text)])
    jobs = survey.by(openai_model("gpt-4o"))
    return jobs.by(scenarios) if scenarios else jobs


def large_page(job_uuid):
    """Get a page that is larger than a function's answer; only the newest knows pages."""
    coop = Coop()
    if not hasattr(coop, "remote_inference_results_page"):
        return None
    return len(coop.remote_inference_results_page(job_uuid)["interviews"][0]["scenario"]["text"])


def main():
    jobs = {
        "Red apples": job("How are apples?"),
        "Green Pears": job("How are pears?"),
        "red pears": job("On {{ scenario.text }}?", ScenarioList([Scenario({"text": "x" * LARGE})])),
    }
    for description, each in jobs.items():
        each.run(remote_inference_description=description, verbose=False)
    listed = Jobs.list()
    print(
        json.dumps(
            {
                "newest first": [entry["description"] for entry in listed],
                "oldest first": [entry["description"] for entry in Jobs.list(sort_ascending=True)],
                "second page": [entry["description"] for entry in Jobs.list(page=2, page_size=2)],
                "red": [entry["description"] for entry in Jobs.list(search_query="RED")],
                "completed": len(Jobs.list(job_status=["completed", "failed"])),
                "queued": len(Jobs.list(job_status="queued")),
                "one": dict(listed[0]) | {"uuid": "", "results_uuid": "", "created_ts": ""},
                "pulled": [
                    Jobs.pull(entry["uuid"]).to_dict() == jobs[entry["description"]].to_dict()
                    for entry in listed
                ],
                "fetched": [len(each.survey.questions) for each in listed.fetch()],
                "results": [len(results) for results in listed.fetch_results()],
                "large page": large_page(listed[0]["uuid"]),
            }
        )
    )


if __name__ == "__main__":
    main()
