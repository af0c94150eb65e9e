"""Pulls results after something of its own was pushed, so that Perch knows this release; prints the answers.

Arguments: the results' id.
"""

import json
import sys

from edsl import Agent, Results

Agent(traits={"likes": "pears"}).push()
results = Results.pull(sys.argv[1])
print(json.dumps([row["answer"]["q"] for row in results.to_dict()["data"]]))
