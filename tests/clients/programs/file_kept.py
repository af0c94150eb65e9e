"""Keeps a scenario with a file that everybody with its address may read; prints its id. Or reads one.

Arguments: none, or the id of a scenario.
"""

import json
import sys
from pathlib import Path

from edsl import FileStore, Scenario


def kept():
    """Push a scenario, and its file apart from it."""
    path = Path("birds.txt")
    path.write_text("gull, wren")
    return Scenario({"file": FileStore(str(path))}).push(visibility="unlisted")["uuid"]


def read(scenario_id):
    """Pull a scenario; its file's bytes are fetched when they are wanted."""
    file = Scenario.pull(scenario_id)["file"]
    return [file.base64_string, Path(file.path).read_text()]


print(json.dumps(read(sys.argv[1]) if len(sys.argv) > 1 else kept()))
