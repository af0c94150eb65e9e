"""Files that rows name are found in the rows' text, and nothing else is taken for one."""

import json
from typing import Any

import pytest

from chalicelib.domain.results.files import MOST_FILES, noting_files

FILE = "3f0e6a9c-8d52-4a57-9a77-5d1f5a1f0c2e"


def found(*rows: Any) -> set[str]:
    named: set[str] = set()
    lines = [json.dumps(row).encode() for row in rows]
    assert list(noting_files(lines, named)) == lines
    return named


def test_files_are_found_wherever_a_row_has_them() -> None:
    other = FILE.replace("3f", "4f")
    place = {"gcs": {"file_uuid": FILE, "offloaded": True}}
    assert found({"a": [{"external_locations": place}]}, {"gcs": {"file_uuid": other.upper()}}, {}) == {
        FILE,
        other,
    }


@pytest.mark.parametrize(
    "row",
    [
        {"answer": json.dumps({"file_uuid": FILE})}, {"file_uuid": "x"}, {"file_uuid": 7},
        {"file_uuid": "-" * 36},
        {"other": FILE}, {"file_uuid": {"file": FILE}},
    ],
    ids=str,
)  # fmt: skip
def test_what_only_looks_like_one_is_none(row: Any) -> None:
    assert found(row) == set()


def test_no_more_are_noted_than_any_results_may_have() -> None:
    rows = [{"file_uuid": f"{number:08x}{FILE[8:]}"} for number in range(MOST_FILES + 5)]
    assert len(found(*rows)) == MOST_FILES
