"""What a page shows of a notebook: readable, nothing run, and never more than a page can hold."""

from typing import Any

import pytest

from chalicelib.services.reports.objects.notebook import MOST_CHARACTERS, CellFacts, OutputFacts, notebook_of


def cells_of(*cells: Any) -> tuple[CellFacts, ...]:
    return notebook_of({"name": "n", "data": {"cells": list(cells)}}).cells


def test_outputs_are_texts_and_what_is_left_out_is_named() -> None:
    (cell,) = cells_of(
        {
            "cell_type": "code",
            "source": ["a\n", "b"],
            "outputs": [
                {"output_type": "stream", "text": "\x1b[1;32mgreen\x1b[0m"},
                {"data": {"text/plain": ["<Figure>"], "image/png": "iVBOR", "x/y": 1}},
                {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": []},
            ],
        }
    )
    assert cell.source == "a\nb"
    assert cell.outputs == (
        OutputFacts("green"),
        OutputFacts("<Figure>", ("an image (PNG)", "x/y")),
        OutputFacts("KeyError: 'x'", failed=True),
    )


def test_outputs_of_what_is_no_code_are_not_looked_at() -> None:
    assert cells_of({"cell_type": "markdown", "source": "a", "outputs": [{"text": "b"}]})[0].outputs == ()


def test_what_is_too_much_for_a_page_is_counted() -> None:
    found = notebook_of({"data": {"cells": [{"cell_type": "code", "source": "x"}] * 1_000}})
    assert (found.count, len(found.cells)) == (1_000, 100)
    (cell,) = cells_of({"cell_type": "code", "outputs": [{"text": "x"}] * 1_000})
    assert (len(cell.outputs), cell.more_outputs) == (20, 980)
    (left_out,) = cells_of({"cell_type": "code", "outputs": [{"data": {f"a/{n}": 1 for n in range(999)}}]})
    assert len(left_out.outputs[0].left_out) == 20
    large = cells_of(*[{"cell_type": "markdown", "source": "y" * 500_000}] * 50)
    assert all(len(cell.source) < 21_000 for cell in large)
    assert sum(len(cell.source) for cell in large) < MOST_CHARACTERS + 1_000


@pytest.mark.parametrize(
    "value",
    [
        *({}, {"data": []}, {"data": {"cells": {}}}, {"data": {"cells": [3, None, {}]}}),
        {"data": {"cells": [{"cell_type": "code", "source": 3, "outputs": {"a": 1}}]}},
        {"data": {"cells": [{"cell_type": "code", "outputs": [{"output_type": "error", "traceback": 3}]}]}},
        {"data": {"cells": [{"cell_type": "code", "outputs": [{"data": {"text/plain": {"a": 1}}}]}]}},
        {"name": ["x"], "data": {"cells": [{"cell_type": ["code"], "source": [[], {}]}]}},
    ],
)
def test_shapes_that_no_client_sends_are_shown_as_far_as_they_can_be(value: dict[str, Any]) -> None:
    assert all(cell.source == "" for cell in notebook_of(value).cells)
