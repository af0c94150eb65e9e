"""Plots: what they draw is what their tables say, and strangers' words are data in them."""

import csv
import io
import json
import re
from urllib.parse import unquote

import pytest
from jinja2 import Environment

from chalicelib.web.plots import Drawing, Series, bars, columns, histogram
from chalicelib.web.rendering import rendered
from tests.support.pages import HOSTILE

TWO = [Series("gpt", [3, 0]), Series("claude", [1, 2])]
ALL = [
    bars("Colour", ["red", "blue"], TWO),
    bars("Colour", ["red", "blue"], TWO, stacked=True),
    columns("Credits", ["October", "November"], TWO, unit="Credits"),
    histogram("Age", [0, 10, 20], TWO),
    histogram("Age", [0, 10, 20], TWO[:1]),
]


@pytest.mark.parametrize("drawing", ALL)
def test_what_is_drawn_is_what_the_table_says(drawing: Drawing) -> None:
    drawn = [entry["number"] for entry in drawing.spec["data"]["values"]]
    assert drawn == [number for _, numbers in drawing.rows for number in numbers]
    assert len(drawing.head) == 1 + len(drawing.rows[0][1])
    assert drawing.height == drawing.spec["height"] > 0
    fields = {part["field"] for part in drawing.spec["encoding"].values() if isinstance(part, dict)}
    assert all(fields <= entry.keys() for entry in drawing.spec["data"]["values"])


def test_bins_are_where_they_belong() -> None:
    bins = histogram("Age", [0, 10, 20], [Series("Answers", [4, 5])])
    assert [(one["low"], one["high"]) for one in bins.spec["data"]["values"]] == [(0, 10), (10, 20)]
    assert [label for label, _ in bins.rows] == ["0 – 10", "10 – 20"]


def test_labels_that_look_alike_when_they_are_cut_stay_apart() -> None:
    long = "x" * 1_000
    drawing = bars("Long", [f"{long}1", f"{long}2", "a", "a"], [Series(long, [1, 2, 3, 4])])
    labels = [entry["label"] for entry in drawing.spec["data"]["values"]]
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) < 100
    assert drawing.rows[1] == (f"{long}2", (2,))


def test_its_numbers_are_a_file_in_which_nothing_runs() -> None:
    drawing = bars("=A name!", ["=1+1", 'a "quoted", one', "ü\n"], [Series("@n", [1, 2.5, 3])])
    text = unquote(drawing.csv.removeprefix("data:text/csv;charset=utf-8,"))
    assert list(csv.reader(io.StringIO(text.removeprefix("\ufeff")))) == [
        ["Answer", "'@n"],
        ["'=1+1", "1"],
        ['a "quoted", one', "2.5"],
        ["ü\n", "3"],
    ]
    assert drawing.file_name == "a-name"
    assert bars("???", ["a"], [Series("n", [1])]).file_name == "plot"


def test_a_page_has_it_as_data_that_nothing_in_it_can_leave() -> None:
    strange = f"{HOSTILE}' onload='x \ud800"
    drawing = bars(strange, [strange], [Series(strange, [1])])
    page = str(_macro(drawing))
    assert "<script" not in page
    (kept,) = re.findall("data-plot='([^']*)'", page)
    told = json.loads(kept.replace("&#39;", "'"))
    assert told["data"]["values"][0]["label"].startswith(HOSTILE)
    assert f'<svg width="1" height="{drawing.height}">' in page


def _macro(drawing: Drawing) -> str:
    made: Environment = rendered.__globals__["_templates"]()
    template = made.from_string(
        '{% import "parts/plots.html" as drawn with context %}{{ drawn.plot(drawing) }}'
    )
    return template.render(root="", drawing=drawing)
