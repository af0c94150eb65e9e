"""The demo's job as a client would send it; a program, for edsl has no business in the bench itself."""

import json

from edsl import AgentList, ScenarioList
from edsl.agents import Agent

from infra.demo.survey import MODELS, PEOPLE, PLACES, survey

if __name__ == "__main__":
    agents = AgentList([Agent(traits=traits) for traits in PEOPLE])
    job = survey().by(agents).by(ScenarioList.from_list("place", PLACES)).by(MODELS["smollm2"]())
    print(json.dumps(job.to_dict()))
