"""What is told of the cache once jobs have filled it and were answered from it."""

import json
from typing import Any

import pytest

from chalicelib.domain.object_keys import SHARED_SCOPE
from chalicelib.domain.results.rows import InterviewRow, write_row
from chalicelib.services.cache import browse, sync
from chalicelib.services.job_files import finished_rows
from tests.support import wire
from tests.support.entries import entry, fields
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import offer, queued, ran


def of_job(stage: Stage, job_id: str) -> list[dict[str, Any]]:
    items = json.loads(sync.entries_of_job(stage.account, job_id).body or "")
    return [json.loads(item["json_string"]) for item in items]


def test_a_jobs_entries_are_those_that_it_left_and_those_that_it_was_answered_from(stage: Stage) -> None:
    document = job(agents=3, questions=("q0", "q1"))
    first, second = ran(stage, document), ran(stage, document)
    left = of_job(stage, first.job_id)
    assert sorted(item["user_prompt"] for item in left) == [
        f"q{q} {agent}" for q in (0, 1) for agent in range(3)
    ]
    assert all(item["service"] == "test" and item["validated"] for item in left)
    assert of_job(stage, second.job_id) == left


def test_a_job_that_has_not_begun_has_none(stage: Stage) -> None:
    assert of_job(stage, queued(stage, job()).job_id) == []


def test_a_jobs_entries_can_be_deleted_without_the_job(stage: Stage) -> None:
    done = ran(stage, job(agents=2))
    browse.delete_entries(stage.account)
    assert of_job(stage, done.job_id) == []


def test_rows_may_have_one_key_a_question_or_several_or_none(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = ran(stage, job())
    stage.deps.cache.write(
        stage.account.account_id, [entry(number) for number in range(4)], at=stage.clock(), expires_at=None
    )
    keys = [entry(number).key for number in range(4)]
    rows: list[dict[str, Any]] = [
        {"cache_keys": {"q0": keys[0], "q1": [keys[1], keys[2]], "q2": None}},
        {"cache_keys": {"q0": keys[0], "q1": ["odd", None, 5], "q2": ""}},
        {"cache_keys": None},
        {},
    ]

    class Rows:
        count = len(rows)
        size = 0

        def lines(self, start: int, stop: int) -> Any:
            return (write_row(InterviewRow(index, row)) for index, row in enumerate(rows[start:stop]))

    monkeypatch.setattr(sync, "finished_rows", lambda _: Rows())
    assert finished_rows.finished_rows(done).count == 1
    assert [item["timestamp"] for item in of_job(stage, done.job_id)] == [
        fields(number)["timestamp"] for number in range(3)
    ]


def test_statistics_in_total_and_of_one_job(stage: Stage) -> None:
    document = job(agents=3)
    first, second = ran(stage, document), ran(stage, document)
    nothing = {"prompts": 3, "cached": 0, "retrieved": 0, "added": 3, "hit_rate": 0.0, "saved_credits": 0.0}
    assert wire.cache_statistics_of_job(stage.account, first.job_id) == {
        "job_uuid": first.job_id, "runs": 1, **nothing,
    }  # fmt: skip
    everything = wire.cache_statistics_of_job(stage.account, second.job_id)
    assert everything["saved_credits"] > 0
    told = wire.cache_statistics(stage.account)
    assert (told["entries"], told["runs"], told["prompts"], told["hit_rate"]) == (3, 2, 6, 0.5)
    assert told["saved_credits"] == everything["saved_credits"]
    assert told["bytes"] > 300
    empty = wire.cache_statistics(stage.stranger)
    assert (empty["entries"], empty["runs"], empty["hit_rate"]) == (0, 0, None)
    assert wire.cache_statistics_of_job(stage.account, queued(stage, job()).job_id)["hit_rate"] is None


def test_an_entry_names_the_job_that_paid_for_it(stage: Stage) -> None:
    done = ran(stage, job())
    (listed,) = browse.list_entries(stage.account, page_size=10, after="", words="").entries
    assert browse.job_of(listed) == done.job_id
    assert browse.job_of(browse.entry(stage.account, listed.key)) == done.job_id


@pytest.mark.parametrize(("scope", "endpoint", "found"), [
    ("shared", "http://127.0.0.1:9/v1", True),
    ("shared", "http://127.0.0.1:10/v1", False),
    ("account", "http://127.0.0.1:9/v1", False),
])  # fmt: skip
def test_the_houses_entries_are_found_by_key_where_it_shares_them(
    stage: Stage, scope: str, endpoint: str, found: bool
) -> None:
    limit(cache_scope=scope)
    offer(stage, "openai")
    shared = entry(1, service="openai", validated=True)
    stage.deps.cache.add(
        SHARED_SCOPE, shared, maker="job/1/0", endpoint=endpoint, owner=stage.stranger.account_id,
        at=stage.clock(), before=None, expires_at=None,
    )  # fmt: skip
    told = json.loads(sync.entries_of_keys(stage.account, [shared.key]).body or "")
    assert [json.loads(item["json_string"]) for item in told] == ([shared.document()] if found else [])
    assert (sync.entry_of_key(stage.account, shared.key) is not None) == found
