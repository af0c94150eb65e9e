"""Models and scenarios of rows are made once of the same data."""

import inspect
import re
from typing import Any

from edsl import Scenario
from edsl.runner import service

from chalicelib.engine.edsl.row_parts import Remembering


def test_the_same_data_are_the_same_scenario() -> None:
    scenarios = Remembering(Scenario, 8)
    data = Scenario({"town": "Ely"}).to_dict()
    first = scenarios.from_dict(data)
    assert scenarios.from_dict(data) is first
    assert first == Scenario.from_dict(data)


def test_equal_data_are_another_one() -> None:
    scenarios = Remembering(Scenario, 8)
    first, second = (scenarios.from_dict(Scenario({"town": "Ely"}).to_dict()) for _ in range(2))
    assert first is not second


def test_an_empty_one_is_nobody_elses() -> None:
    scenarios = Remembering(Scenario, 8)
    assert scenarios() is not scenarios()
    assert len(scenarios) == 0


def test_only_so_many_are_held_and_none_is_mistaken_for_one_that_was_let_go() -> None:
    scenarios = Remembering(Scenario, 3)
    for number in range(200):
        data: dict[str, Any] = Scenario({"number": number}).to_dict()
        assert scenarios.from_dict(data)["number"] == number
        assert len(scenarios) <= 3


def test_edsls_service_uses_nothing_else_of_them() -> None:
    source = inspect.getsource(service)
    assert set(re.findall(r"\b(?:LanguageModel|Scenario)(\.\w+|\()", source)) == {".from_dict", "("}
    assert not re.search(r"isinstance\([^)]*\b(?:LanguageModel|Scenario)\b", source)
