"""Share an object, and read what was shared (1.0.9): ``shared share WHO…`` or ``shared read UUID``."""

import json
import sys

from edsl import Agent, AgentList
from edsl.coop import Coop

coop = Coop()


def share(people):
    made = coop.push(AgentList([Agent(traits={"likes": "pears"})]), visibility="private")
    for who in people:
        coop.share_object(made["uuid"], who)
    return [made["uuid"], coop.get_object_shared_users(made["uuid"])]


def read(uuid):
    try:
        return [agent.traits["likes"] for agent in AgentList.pull(uuid)]
    except Exception as error:  # noqa: BLE001 - what it raises is told
        return type(error).__name__


def unshare(uuid, who):
    return coop.unshare_object(uuid, who)["message"]


if __name__ == "__main__":
    doing, *said = sys.argv[1:]
    print(json.dumps(share(said) if doing == "share" else globals()[doing](*said)))
