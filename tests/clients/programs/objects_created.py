"""Keep, get, list, change and delete objects with 0.1.33 and 0.1.38; print what came of it, as JSON."""

import json
import sys

from edsl import Agent, AgentList, QuestionFreeText, Scenario, ScenarioList, Survey
from edsl.coop import Coop

from tests.clients.programs.models import openai_model

coop = Coop()


def survey(word):
    return Survey([QuestionFreeText(question_name="q", question_text=f"How are {word}?")])


def agents(word):
    return AgentList([Agent(traits={"likes": word}), Agent(traits={"likes": "nothing"})])


def scenarios(word):
    return ScenarioList([Scenario({"fruit": word}), Scenario({"fruit": "Äpfel"})])


def scenario(word):
    return Scenario({"fruit": word})


def results(word):
    return survey(word).by(openai_model("gpt-4o")).run(verbose=False)


def same(found, value):
    return type(found) is type(value) and json.dumps(found.to_dict()) == json.dumps(value.to_dict())


def refused(ask):
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - each release has its own
        return str(error)
    return None


def led_through(object_type, make):
    """Lead one object from its first push to its end; return what was not as it should be."""
    value, other = make("pears"), make("plums")
    made = value.push(description="First")
    cls = type(value)
    checks = {
        "pulled": same(cls.pull(made["uuid"]), value),
        "by address": same(cls.pull(url=made["url"]), value),
    }
    all_of_them = {one["uuid"]: one for one in coop.get_all(object_type)}
    checks["among all"] = same(all_of_them[made["uuid"]]["object"], value)
    checks["described"] = (all_of_them[made["uuid"]]["description"], made["visibility"]) == (
        "First",
        "unlisted",
    )
    coop.patch(uuid=made["uuid"], description="Second", value=other, visibility="private")
    checks["changed"] = same(cls.pull(made["uuid"]), other)
    coop.delete(uuid=made["uuid"])
    checks["gone"] = "There is no object" in str(refused(lambda: cls.pull(made["uuid"])))
    checks["not among all"] = made["uuid"] not in [one["uuid"] for one in coop.get_all(object_type)]
    return [name for name, well in checks.items() if not well]


def main():
    kinds = {
        "survey": survey, "agent_list": agents, "scenario_list": scenarios, "scenario": scenario,
        "results": results,
    }  # fmt: skip
    print(json.dumps({object_type: led_through(object_type, make) for object_type, make in kinds.items()}))


if __name__ == "__main__":
    sys.exit(main())
