"""Push and pull large objects (0.1.62 and later); print which came back as they were."""

import json
import sys
import time

from edsl import Agent, AgentList, Notebook
from edsl.coop import Coop

AGENTS = 10_000
MOST_SECONDS = 300
NOTEBOOK_BYTES = 20 * 1024 * 1024
coop = Coop()


def agents():
    traits = ({"number": number, "née": "Äpfel \U0001f99c"} for number in range(AGENTS))
    return AgentList([Agent(traits=each) for each in traits])


def notebook():
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 100_000}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "1", "outputs": [output]}
    cells = [{**cell, "id": f"cell-{number}"} for number in range(NOTEBOOK_BYTES // 100_000)]
    return Notebook(data={"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": cells}, name="large")


def once_checked(read):
    """Return what is read when Perch has looked through it, which takes a moment from 10 MB on."""
    until = time.monotonic() + MOST_SECONDS
    while True:
        try:
            return read()
        except Exception as error:
            if "is being checked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.5)


def came_back(value, object_type):
    made = coop.push(value, description="Large", visibility="private")
    return {
        way: told(once_checked(lambda read=read: read(made["uuid"], object_type))) == told(value)
        for way, read in (("pulled", coop.pull), ("got", coop.get))
    }


def told(value):
    return json.dumps(value.to_dict())


def main():
    found = {"agents": came_back(agents(), "agent_list"), "empty": came_back(AgentList([]), "agent_list")}
    print(json.dumps({**found, "notebook": came_back(notebook(), "notebook")}))


if __name__ == "__main__":
    sys.exit(main())
