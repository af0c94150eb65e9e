"""``make bench-engine`` runs the same slice in both ways, and counts what all their processes take."""

from pathlib import Path

import pytest

from chalicelib.engine.sandbox.environment import prepare_home
from infra.bench.engine import Way, orders


@pytest.mark.parametrize("name", ["direct", "split"])
def test_both_ways_run_both_slices(name: str, tmp_path: Path) -> None:
    prepare_home(tmp_path)
    with orders(tmp_path, 3) as chosen, Way(name, tmp_path) as way:
        for order in chosen.values():
            took = way.run(order, 3)  # it raises if an interview was not answered rightly
            assert took.processor > 0
            assert took.clock > 0
