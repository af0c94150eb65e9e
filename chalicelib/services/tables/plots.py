"""The plots of results: some questions' at once, in their survey's order, all split and filtered alike."""

from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.plan import Plan
from chalicelib.domain.results.cells import Group, Name
from chalicelib.domain.results.columns import Column
from chalicelib.services.job_files.subset import plan_of
from chalicelib.services.tables.plot_maker import Plot, PlotMaker
from chalicelib.services.tables.readable import placed, readable_table
from chalicelib.services.tables.table import NamedFilter, filters_of

MOST_PLOTS = 20
"""At once: each reads its question's column."""


@dataclass(frozen=True)
class Plots:
    """Some questions' plots, in their survey's order."""

    content: Content
    plots: tuple[Plot, ...]
    start: int
    questions: int
    """How many have one."""
    splits: tuple[Column, ...]
    """What they can be split by."""
    columns: tuple[Column, ...]
    """What they can be filtered by."""
    models: int
    """How many the job asks."""


def plots(
    account: Caller,
    content_id: str,
    *,
    split: Name | None = None,
    filters: tuple[NamedFilter, ...] = (),
    start: int = 0,
    limit: int = MOST_PLOTS,
) -> Plots | None:
    """Return plots of results that the account may read; None while their table is being made.

    Raises NoContentError, NoTableError, InvalidRequestError, TooLargeError.
    """
    found = readable_table(account, content_id)
    if found.layout is None:
        return None
    layout, plan = found.layout, plan_of(found.job)
    answers = [place for place, column in enumerate(layout.columns) if column.name.group is Group.ANSWER]
    maker = PlotMaker(
        found,
        layout,
        placed(layout, split) if split else None,
        filters_of(layout, filters),
        _questions(plan),
    )
    first = max(0, start)
    made = maker.plots(answers[first : first + max(1, min(limit, MOST_PLOTS))])
    by_what = (Group.AGENT, Group.SCENARIO, Group.MODEL)
    splits = tuple(column for column in layout.columns if column.name.group in by_what and column.present)
    return Plots(
        content=found.content,
        plots=tuple(made),
        start=first,
        questions=len(answers),
        splits=splits,
        columns=layout.columns,
        models=plan.counts.get("models", 0),
    )


def _questions(plan: Plan) -> dict[str, Document]:
    listed: Json = plan.survey.get("questions")
    questions = [item for item in listed or () if isinstance(item, dict)]
    return {item["question_name"]: item for item in questions if isinstance(item.get("question_name"), str)}
