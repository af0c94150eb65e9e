"""The log of the cache, and the switches of an account."""

from typing import Any

import pytest

from tests.support.stage import Stage
from tests.unit.api.test_jobs import ADA, ask

LOG = "/api/v0/remote-cache-log"
SETTINGS = "/api/v0/edsl-settings"
EVE = {**ADA, "Authorization": "Bearer key-eve"}


def note(number: int, headers: dict[str, str] | None = None) -> None:
    said = {"description": f"Item {number}", "cache_entry_count": number}
    assert ask("POST", LOG, said, headers=headers).json_body == {"status": "success"}


def test_the_log_is_told_newest_first_page_by_page(stage: Stage) -> None:
    for number in range(5):
        note(number)
    first = ask("GET", f"{LOG}?page_size=2").json_body
    assert [item["description"] for item in first] == ["Item 4", "Item 3"]
    assert set(first[0]) == {"uuid", "description", "cache_entry_count", "created_at", "job_uuid"}
    assert (first[0]["cache_entry_count"], first[0]["job_uuid"]) == (4, None)
    assert first[0]["created_at"].endswith("Z")
    assert [item["cache_entry_count"] for item in ask("GET", f"{LOG}?page=3&page_size=2").json_body] == [0]
    assert ask("GET", f"{LOG}?page=4&page_size=2").json_body == []
    assert len(ask("GET", LOG).json_body) == 5


def test_the_log_is_deleted_and_others_keep_theirs(stage: Stage) -> None:
    for number in range(3):
        note(number)
    note(7, headers=EVE)
    assert ask("DELETE", f"{LOG}/delete-all").json_body == {"status": "success", "deleted_log_count": 3}
    assert ask("GET", LOG).json_body == []
    assert len(ask("GET", LOG, headers=EVE).json_body) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"description": None}, "description"),
        ({"description": "x" * 1001}, "description"),
        ({"cache_entry_count": -1}, "cache_entry_count"),
        ({"cache_entry_count": "3"}, "cache_entry_count"),
        ({"cache_entry_count": 10**30}, "cache_entry_count"),
    ],
)
def test_what_is_noted_is_checked(stage: Stage, changes: dict[str, Any], words: str) -> None:
    answer = ask("POST", LOG, {"description": "x", "cache_entry_count": 1} | changes)
    assert answer.status_code == 400
    assert words in answer.json_body["detail"]


@pytest.mark.parametrize("asked", ["page=0", "page=101", "page_size=0", "page_size=101", "page=last"])
def test_pages_that_make_no_sense_are_refused(stage: Stage, asked: str) -> None:
    answer = ask("GET", f"{LOG}?{asked}")
    assert answer.status_code == 400
    assert asked.partition("=")[0] in answer.json_body["detail"]


def test_switches_are_the_accounts_own(stage: Stage) -> None:
    told = ask("PATCH", SETTINGS, {"remote_caching": False}).json_body
    assert told == {"remote_inference": True, "remote_caching": False, "remote_logging": False}
    assert ask("PATCH", SETTINGS, {"remote_inference": False, "remote_caching": None}).json_body == {
        "remote_inference": False, "remote_caching": False, "remote_logging": False,
    }  # fmt: skip
    assert ask("GET", SETTINGS).json_body == ask("PATCH", SETTINGS, {}).json_body
    assert ask("GET", SETTINGS).json_body["remote_inference"] is False
    assert ask("GET", SETTINGS, headers=EVE).json_body["remote_caching"] is True
    assert ask("PATCH", SETTINGS, {"remote_caching": True}).json_body["remote_caching"] is True
    assert ask("PATCH", SETTINGS, {"remote_logging": True}).json_body["remote_logging"] is True
    assert ask("GET", SETTINGS).json_body["remote_logging"] is True
    assert ask("GET", SETTINGS, headers=EVE).json_body["remote_logging"] is False


@pytest.mark.parametrize(
    "body", [{"remote_caching": "yes"}, {"remote_inference": 1}, {"remote_logging": "on"}, {"remote": True}]
)
def test_switches_that_are_none_are_refused(stage: Stage, body: dict[str, Any]) -> None:
    answer = ask("PATCH", SETTINGS, body)
    assert answer.status_code == 400
    assert next(iter(body)) in answer.json_body["detail"]
