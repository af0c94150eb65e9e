"""A question's answers as a card: a plot, and where each of its values leads in the table."""

from dataclasses import dataclass

from chalicelib.domain.results.cells import Group, Name
from chalicelib.domain.results.table_query import Rule
from chalicelib.services.tables.costs import CostFacts
from chalicelib.services.tables.plot_maker import Plot, PlotKind
from chalicelib.web.pages.content.address import TableAddress
from chalicelib.web.plots import Drawing, Series, bars, histogram

OF = {PlotKind.BARS: "Answer", PlotKind.WORDS: "Word"}
RULES = {PlotKind.BARS: Rule.IS, PlotKind.WORDS: Rule.CONTAINS}
NONE = "none"
MOST_BARS = 40
LONGEST_LED_TO = 199
"""Characters of a value that can be asked for: longer ones are counted by how they begin."""


@dataclass(frozen=True)
class Card:
    """What a question's answers come to, as it is shown."""

    plot: Plot
    drawing: Drawing | None
    """None: there is no answer."""
    answers: TableAddress
    """The answers alone, as a table, which can be searched."""
    links: list[str]
    """Of each value of the plot, where the interviews are that have it; empty: that cannot be asked."""


def card_of(plot: Plot, address: TableAddress) -> Card:
    """Return a question's card on the page of plots that an address asks for."""
    name = Name(Group.ANSWER, plot.question)
    table = address.seen_as("")
    rule = None if plot.of_lists else RULES.get(plot.kind)
    return Card(
        plot=plot,
        drawing=_drawing(plot, split=address.split is not None),
        answers=TableAddress(columns=(name,), filters=address.filters),
        links=[
            "" if rule is None or len(value) > LONGEST_LED_TO else table.where(name, value, rule).query
            for value in plot.values
        ],
    )


def tokens_drawn(costs: CostFacts) -> Drawing | None:
    """Return how many tokens each question took; None if there are none."""
    asked = costs.questions[:MOST_BARS]
    if not any(one.took.input_tokens or one.took.output_tokens for one in asked):
        return None
    series = [
        Series("Tokens in", [one.took.input_tokens for one in asked]),
        Series("Tokens out", [one.took.output_tokens for one in asked]),
    ]
    names = [one.name for one in asked]
    return bars("Tokens by question", names, series, of="Question", unit="Tokens", stacked=True)


def _drawing(plot: Plot, *, split: bool) -> Drawing | None:
    if not plot.values or not plot.counts:
        return None
    series = [
        Series(NONE if name is None else name, counts) if split else Series("Answers", counts)
        for name, counts in zip(plot.series, plot.counts, strict=True)
    ]
    if plot.kind is PlotKind.HISTOGRAM:
        return histogram(plot.question, [float(end) for end in plot.values], series)
    return bars(plot.question, plot.values, series, of=OF[plot.kind])
