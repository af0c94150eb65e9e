"""Run a job of some interviews and questions as any user does; print what was waited for.

Arguments: service, model, interviews, questions. Prints the seconds that ``run()`` took, when it ended
(seconds since 1970), how often the client asked how its job stands, and how many rows came back.
"""

import json
import sys
import time
from unittest import mock

import requests
from edsl import Agent, AgentList, QuestionFreeText, Survey

from tests.clients.programs.models import model


def counting(asked):
    """Return what sends requests as before, and notes the client's questions on their way."""
    send = requests.Session.request

    def watched(self, method, url, **options):
        if method.upper() == "GET" and url.endswith("/remote-inference"):
            asked.append(url)
        return send(self, method, url, **options)

    return watched


def job_of(service, name, interviews, questions):
    survey = Survey(
        [
            QuestionFreeText(question_name=f"q{n}", question_text=f"What of number {n}?")
            for n in range(questions)
        ]
    )
    people = AgentList([Agent(traits={"number": number}) for number in range(interviews)])
    return survey.by(people).by(model(service, name))


def main():
    service, name, interviews, questions = sys.argv[1:]
    job = job_of(service, name, int(interviews), int(questions))
    asked: list[str] = []
    with mock.patch.object(requests.Session, "request", counting(asked)):
        began = time.monotonic()
        results = job.run()
        seconds, ended = time.monotonic() - began, time.time()
    rows = len(results.to_dict()["data"])
    print(json.dumps({"seconds": seconds, "ended": ended, "asked": len(asked), "rows": rows}))


if __name__ == "__main__":
    main()
