"""Send jobs and come back for them, and run them among other tasks; print what came of it, as JSON.

Arguments: which of the ways below.
"""

import asyncio
import contextlib
import io
import json
import sys
import time

from edsl import Coop, QuestionNumerical, Scenario, ScenarioList, Survey

from tests.clients.programs.models import openai_model

ENDED = ("completed", "partial_failed", "failed", "cancelled")


def job_of(*things):
    """Return a job that asks how many there are of each thing: nobody knows that of riddles."""
    question = QuestionNumerical(question_name="count", question_text="How many {{ thing }}?")
    scenarios = ScenarioList([Scenario({"thing": thing}) for thing in things])
    return Survey([question]).by(scenarios).by(openai_model("gpt-4o"))


def good():
    return job_of("cats", "dogs")


def partly_failing():
    return job_of("cats", "riddles")


def answers(results):
    return [row["answer"]["count"] for row in results.to_dict()["data"]]


def fetched():
    """Wait for results as the manual says."""
    return answers(good().run(background=True).fetch())


def asked_for():
    """Ask how a job stands and pull its results, which also ends where some of them fail."""
    sent = partly_failing().run(background=True)
    coop = Coop()
    while (status := coop.remote_inference_get(sent.job_info.job_uuid))["status"] not in ENDED:
        time.sleep(1)
    return [status["status"], answers(coop.pull(status["results_uuid"], expected_object_type="results"))]


def in_a_thread():
    """Run a job while other tasks go on: the way that every release knows.

    Its results are read in the thread: those of 0.1.62 are in a database that no other thread may read.
    """

    async def both():
        return await asyncio.gather(
            asyncio.to_thread(lambda: answers(good().run())), asyncio.sleep(0.01, "meanwhile")
        )

    return asyncio.run(both())


def awaited():
    return answers(asyncio.run(good().run_async()))


WAYS = {way.__name__: way for way in (fetched, asked_for, in_a_thread, awaited)}


def main():
    found = {}
    for name in sys.argv[1:]:
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                found[name] = WAYS[name]()
            except Exception as error:  # noqa: BLE001 - each way stands alone
                found[name] = f"{type(error).__name__}: {error}"
    print(json.dumps(found))


if __name__ == "__main__":
    main()
