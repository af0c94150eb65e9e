"""Do something to one job or several: asked once, in words that say what it comes to, then done."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import NotFoundError, PerchError
from chalicelib.services.reports.job_table import JobLine, lines_of
from chalicelib.web.asked import chosen
from chalicelib.web.http import HOME, Routes
from chalicelib.web.pages.jobs.actions import Action, Said, action_of

routes = Routes(__name__, prefix=f"{HOME}/selected")
MOST = 100


@dataclass(frozen=True)
class Asked:
    """A job that something is to be done to, and what that would come to."""

    line: JobLine
    told: str
    possible: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one."""

    job_id: str
    description: str
    leads_to: str
    """Its page, below that of all jobs; empty: there is none."""
    problem: str
    """Empty: it was done."""


@routes.get("")
def ask(account: KeyHolder) -> Response:
    """Ask whether it is to be done; nothing is yet."""
    query = routes.raw_query()
    name, action = action_of(query)
    lines = lines_of(account, _named(routes.all_of("job")))
    if not lines:
        raise NotFoundError("You have no such job. Check the id and whose key you use.")
    asked = [Asked(line, action.told(line), action.possible(line)) for line in lines]
    return routes.page(
        "jobs/ask.html",
        account=account,
        asked=asked,
        possible=[one for one in asked if one.possible],
        name=name,
        action=action,
        mark=routes.mark(),
    )


@routes.post("")
def do(account: KeyHolder) -> Response:
    """Do it to each; what cannot be done to one is said, and done to the others all the same."""
    said = routes.marked_form()
    _, action = action_of(said)
    job_ids = _named(routes.form_lists().get("job", []))
    outcomes = [_done(account, job_id, action, said) for job_id in job_ids]
    if len(outcomes) == 1 and not outcomes[0].problem:
        return routes.led_to(f"{HOME}{outcomes[0].leads_to}")
    return routes.page("jobs/outcomes.html", account=account, outcomes=outcomes, done=action.done)


def _done(account: KeyHolder, job_id: str, action: Action, said: Said) -> Outcome:
    try:
        changed = action.change(account, job_id, said)
    except PerchError as error:
        return Outcome(job_id, "", "", error.detail)
    return Outcome(job_id, changed.description or "", action.leads_to(changed), "")


def _named(job_ids: Sequence[str]) -> list[str]:
    return chosen(job_ids, "job", "jobs", at_most=MOST)
