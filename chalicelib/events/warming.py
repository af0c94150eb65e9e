"""What a function does while it starts, so that its first message does not wait for it.

Lambda names the handler in ``_HANDLER`` and starts a function before it has an event for it; the
local stack does the same. Importing edsl takes longer than all the rest.
"""

from collections.abc import Mapping

from chalicelib.services.providers import start_engine

HANDLER = "_HANDLER"
OF_REQUESTS = "app.app"
"""The handler behind the routes, as Chalice's template names it."""
WITH_EDSL = frozenset({"dispatcher", "worker"})


def handles_events(environment: Mapping[str, str]) -> bool:
    """Tell whether this process may be handed messages: all but the api function, where somebody waits."""
    return environment.get(HANDLER) != OF_REQUESTS


def warm_up(environment: Mapping[str, str]) -> bool:
    """Start the engine if this process is a function that needs it; waits for nothing."""
    _, _, function = environment.get(HANDLER, "").rpartition(".")
    if function not in WITH_EDSL:
        return False
    start_engine()
    return True
