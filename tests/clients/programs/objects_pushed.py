"""Push, pull, list, change and delete objects (0.1.62 and later); print what came of it, as JSON."""

import json
import sys

from edsl import Agent, AgentList, QuestionFreeText, Results, Scenario, ScenarioList, Survey
from edsl.coop import Coop

from tests.clients.programs.models import openai_model

coop = Coop()
NEWEST = hasattr(coop, "get_metadata")


def survey(word):
    return Survey([QuestionFreeText(question_name="q", question_text=f"How are {word}?")])


def agents(word):
    return AgentList([Agent(traits={"likes": word}), Agent(traits={"likes": "nothing"})])


def scenarios(word):
    return ScenarioList([Scenario({"fruit": word}), Scenario({"fruit": "Äpfel \u2028"})])


def results(word):
    return survey(word).by(openai_model("gpt-4o")).by(agents(word)).run(verbose=False)


def refused(ask):
    """Return what a client says when it is refused."""
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - each release has its own
        return str(error)
    return None


def told(value):
    """Return what an object is; ``get`` fills the cache of results anew."""
    return json.dumps({key: one for key, one in value.to_dict().items() if key != "cache"})


def same(found, value):
    return type(found) is type(value) and told(found) == told(value)


def led_through(object_type, make, username):
    """Lead one object from its first push to its end; return what was not as it should be."""
    value, other = make("pears"), make("plums")
    alias = f"my-{object_type}".replace("_", "-")
    pushed = coop.push(value, description=f"First {object_type}", alias=alias, visibility="private")
    address = f"{coop.url}/content/{username}/{alias}"
    named = {"uuid": pushed["uuid"], "address": pushed["url"], "alias": address}
    checks = {
        "alias address": pushed["alias_url"] == address,
        "by hash": value.get_uuid() == pushed["uuid"],
        "taken once": "already have an object with the alias"
        in str(refused(lambda: coop.push(value, alias=alias))),
    }
    for way, name in named.items():
        checks[f"pulled by {way}"] = same(coop.pull(name, object_type), value)
        checks[f"got by {way}"] = same(coop.get(name, object_type), value)
    (listed,) = [one for one in coop.list(object_type, search_query="first") if one["uuid"] == pushed["uuid"]]
    checks["listed"] = (listed["alias"], listed["owner_username"], listed["visibility"]) == (
        alias, username, "private",
    )  # fmt: skip
    coop.patch(address, description="Second", value=other, visibility="public")
    for way, name in named.items():
        checks[f"pulled changed by {way}"] = same(coop.pull(name, object_type), other)
    (listed,) = coop.list(object_type, visibility="public", search_query="SECOND")
    checks["listed changed"] = listed["uuid"] == pushed["uuid"]
    if NEWEST:
        checks |= of_the_newest(value, other, alias, address, pushed["uuid"])
    coop.patch(pushed["uuid"], alias=f"{alias}-2")
    checks["alias left"] = refused(lambda: coop.pull(address, object_type)) is not None
    checks["alias taken"] = same(coop.pull(f"{address}-2", object_type), other)
    coop.delete(f"{address}-2")
    checks["gone"] = refused(lambda: coop.pull(pushed["uuid"], object_type)) is not None
    checks["listed no more"] = len(coop.list(object_type, search_query="second")) == 0
    return [name for name, well in checks.items() if not well]


def of_the_newest(value, other, alias, address, name):
    """Return what only the newest release has: pushes over an alias, and metadata."""
    again = coop.push(value, alias=alias, force=True)
    checks = {"pushed over": again["uuid"] == name and same(coop.pull(name), value)}
    coop.push(other, alias=alias, description="Second", visibility="public", force=True)
    checks["pushed over again"] = same(coop.pull(address), other)
    coop.patch_metadata(address, description="Second, changed")
    for way in (name, address):
        known = coop.get_metadata(way)
        checks[f"metadata of {way}"] = (
            known["uuid"], known["alias"], known["alias_url"], known["description"], known["visibility"],
        ) == (name, alias, address, "Second, changed", "public")  # fmt: skip
    mine = coop.list(community=True)
    checks["own not among others'"] = name not in [one["uuid"] for one in mine]
    listed = coop.list(search_query="changed")
    checks["counted"] = (listed.total_count, listed.total_pages, listed.current_page) == (1, 1, 1)
    checks["fetched"] = [same(one, other) for one in listed.fetch()] == [True]
    return checks


def created():
    """A scenario is sent by ``create`` without a word that it is there."""
    value = Scenario({"fruit": "pears"})
    made = coop.create(value, description="Created", visibility="unlisted")
    listed = [one["uuid"] for one in coop.list("scenario", search_query="created")]
    return listed == [made["uuid"]] and same(coop.get(made["uuid"], "scenario"), value)


def of_a_job(username):
    """Results of a job are objects like all others."""
    job = survey("grapes").by(openai_model("gpt-4o"))
    made = job.run(
        verbose=False, remote_inference_description="Grapes", remote_inference_results_visibility="private"
    )
    (listed,) = coop.list("results", search_query="grapes")
    coop.patch(listed["uuid"], alias="grapes", description="My grapes")
    found = Results.pull(f"{coop.url}/content/{username}/grapes")
    same_answers = found.select("answer.*").to_list() == made.select("answer.*").to_list()
    coop.delete(listed["uuid"])
    gone = refused(lambda: Results.pull(listed["uuid"]))
    return [listed["visibility"], same_answers, gone is not None, len(coop.list("results"))]


def main():
    username = coop.get_profile()["username"]
    kinds = {
        "survey": survey, "agent_list": agents, "scenario_list": scenarios, "results": results,
    }  # fmt: skip
    found = {object_type: led_through(object_type, make, username) for object_type, make in kinds.items()}
    for one in coop.list("results"):
        coop.delete(one["uuid"])
    print(json.dumps({"wrong": found, "created": created(), "of a job": of_a_job(username)}))


if __name__ == "__main__":
    sys.exit(main())
