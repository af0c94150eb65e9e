"""The log of an account's cache, and what runs made of it."""

import uuid
from typing import Any

import pytest

from chalicelib.domain.cache.usage import CacheUse
from chalicelib.domain.credits.money import Usage
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.items import to_item
from chalicelib.storage.aws.transaction import LostRaceError, Transaction
from chalicelib.storage.cache.log import CacheLog, LogItem, RunUse
from tests.support.stage import Stage

NOW = 1_800_000_000_000


@pytest.fixture
def log(stage: Stage) -> CacheLog:
    return stage.deps.cache_log


def item(number: int, *, at: int | None = None) -> LogItem:
    return LogItem(NOW + number if at is None else at, f"event {number}", number, str(uuid.uuid4()), "job")


def test_the_newest_come_first(log: CacheLog) -> None:
    items = [item(number) for number in range(30)]
    for one in items[::2] + items[1::2]:
        log.add("ada", one)
    log.add("eve", item(99))
    newest_first = items[::-1]
    assert log.items("ada", at_most=100) == newest_first
    assert log.items("ada", at_most=7) == newest_first[:7]
    assert log.items("nobody", at_most=7) == []


def test_it_is_read_page_by_page(log: CacheLog) -> None:
    for _ in range(9):
        log.add("ada", item(1, at=NOW))
    expected = log.items("ada", at_most=100)
    found: list[LogItem] = []
    while page := log.items("ada", at_most=4, before=found[-1].place if found else ""):
        found += page
    assert found == expected
    assert len({one.log_id for one in found}) == 9


def test_an_account_clears_its_own(log: CacheLog) -> None:
    for number in range(60):
        log.add("ada", item(number))
    log.add("eve", item(1))
    assert log.clear("ada") == 60
    assert log.clear("ada") == 0
    assert log.items("ada", at_most=5) == []
    assert len(log.items("eve", at_most=5)) == 1


def test_it_is_written_with_the_transaction_or_not_at_all(log: CacheLog, stage: Stage) -> None:
    jobs = stage.deps.settings.jobs_table
    for done in (True, False):
        transaction = Transaction()
        log.add_to(transaction, "ada", item(int(done)))
        log.note_use(transaction, "ada", "job", int(done), NOW, CacheUse(prompts=1))
        transaction.put(jobs, {"pk": "once", "sk": "once"})
        if done:
            transaction.commit()
        else:
            with pytest.raises(LostRaceError):
                transaction.commit()
    assert [one.entries for one in log.items("ada", at_most=5)] == [1]
    assert [use.run for use in log.uses("ada")] == [1]


def test_what_runs_made_of_the_cache_is_told(log: CacheLog) -> None:
    saved = (Usage("openai", "gpt-4o", "input", "2.50", 1000),)
    uses = [
        RunUse("job-a", 1, NOW, CacheUse(prompts=10, cached=4, retrieved=3, added=6, saved=saved)),
        RunUse("job-b", 1, NOW + 1, CacheUse(prompts=2, added=2)),
        RunUse("job-a", 12, NOW + 5, CacheUse()),
    ]
    for use in uses:
        note(log, use)
    assert list(log.uses("ada")) == uses
    assert log.latest_uses("ada", at_most=2) == [uses[2], uses[1]]
    assert list(log.uses("eve")) == []
    log.clear("ada")
    assert list(log.uses("ada")) == uses
    log.forget("ada")
    assert list(log.uses("ada")) == []


def test_what_an_earlier_perch_noted_is_told_too(log: CacheLog) -> None:
    earlier = RunUse("job-old", 3, NOW - 9, CacheUse(prompts=7))
    place = {"pk": "use#ada", "sk": "job-old#0003"}
    item: dict[str, Any] = {**place, "at": earlier.at, "use": to_item(earlier.use)}
    dynamodb().Table(log.table).put_item(Item=item)
    newer = RunUse("job-new", 1, NOW, CacheUse(prompts=1))
    note(log, newer)
    assert list(log.uses("ada")) == [earlier, newer]
    assert log.latest_uses("ada", at_most=9) == [newer, earlier]
    assert log.latest_uses("ada", at_most=1) == [newer]
    log.forget("ada")
    assert list(log.uses("ada")) == []


def note(log: CacheLog, use: RunUse) -> None:
    transaction = Transaction()
    log.note_use(transaction, "ada", use.job_id, use.run, use.at, use.use)
    transaction.commit()
