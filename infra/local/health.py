"""What the supervisor knows of its parts, written down for the HTTP process to tell.

A file that is replaced every half second: it also shows when the supervisor itself hangs.
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STALE_SECONDS = 15.0
OK = "ok"


def write_conditions(file: Path, conditions: Mapping[str, str]) -> None:
    """Replace the file by ``conditions``: each part's name with ``ok`` or a sentence."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"written": time.time(), "parts": dict(conditions)}))
    os.replace(fresh, file)


def read_conditions(file: Path) -> dict[str, str]:
    """Return what was written last, or one failing part ``runtime`` when that is missing or old."""
    try:
        state = json.loads(file.read_text())
    except (OSError, ValueError):
        return {"runtime": "The supervisor of the local stack has not said how its parts are."}
    age = time.time() - state["written"]
    if age > STALE_SECONDS:
        return {"runtime": f"The supervisor of the local stack has been silent for {age:.0f} seconds."}
    return dict(state["parts"])


def merged(own: object, conditions: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """Join the application's own answer with the local parts; return the HTTP status and the answer."""
    answer = dict(own) if isinstance(own, Mapping) else {}
    its_parts = answer.get("parts")
    parts = {**(its_parts if isinstance(its_parts, Mapping) else {}), **conditions}
    healthy = answer.get("status", OK) == OK and all(condition == OK for condition in parts.values())
    answer |= {"status": OK if healthy else "failing", "parts": parts}
    if not healthy:
        failing = [f"{name}: {condition}" for name, condition in parts.items() if condition != OK]
        answer["detail"] = " ".join(failing) or "The server says that it is failing."
    return (200 if healthy else 503), answer
