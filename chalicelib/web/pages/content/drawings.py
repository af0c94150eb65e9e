"""A question's answers as a plot."""

from chalicelib.services.tables.plots import Plot, PlotKind
from chalicelib.web.plots import Drawing, Series, bars, histogram

OF = {PlotKind.BARS: "Answer", PlotKind.WORDS: "Word", PlotKind.HISTOGRAM: "From – to"}
NONE = "none"


def drawing_of(plot: Plot, *, split: bool) -> Drawing | None:
    """Return how a question's answers are drawn; None if there are none."""
    if not plot.values or not plot.counts:
        return None
    series = [
        Series(_named(name) if split else "Answers", counts)
        for name, counts in zip(plot.series, plot.counts, strict=True)
    ]
    if plot.kind is PlotKind.HISTOGRAM:
        return histogram(plot.question, [float(end) for end in plot.values], series)
    return bars(plot.question, plot.values, series, of=OF[plot.kind])


def _named(name: str | None) -> str:
    return NONE if name is None else name
