"""Take a stage down. What its accounts have stays, unless that is to go as well."""

from collections.abc import Callable

from infra.deploy.packaging.template import read_template
from infra.deploy.place import Place
from infra.deploy.steps.stack import Stack
from infra.deploy.steps.what_is_kept import DAYS_TO_REGRET, KEY, delete, kept
from infra.repository import RESOURCES

Say = Callable[[str], None]


def told(place: Place, *, data: bool) -> list[str]:
    """Return what would go and what would stay, without asking AWS anything."""
    things = kept(place, read_template(RESOURCES))
    names = [f"the key of {thing.name}" if thing.kind == KEY else thing.name for thing in things]
    fate = "Delete for good" if data else "Leave"
    return [
        f"Delete the stack {place.stack} in {place.region}: functions, queues, address, alarms, logs.",
        f"{fate}: {', '.join(names)}.",
        f"Leave the bucket of packages, {place.artifacts}, which other stages may use.",
    ]


def destroy(place: Place, say: Say, *, data: bool, pause: float = 10.0) -> None:
    """Delete the stack, and all that its accounts have if ``data``; may be done twice. Raises DeployError."""
    say(f"Deleting the stack {place.stack}: some ten minutes …")
    if not Stack(place, pause=pause).remove():
        say("There is no such stack.")
    if not data:
        return
    for thing in kept(place, read_template(RESOURCES)):
        if delete(place, thing):
            end = f" (in {DAYS_TO_REGRET} days, until when it can be had back)" if thing.kind == KEY else ""
            say(f"Deleted {thing.name}{end}.")
