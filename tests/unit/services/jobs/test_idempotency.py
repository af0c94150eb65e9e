"""Requests that come twice: one job, whatever happens in between."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import ConflictError, KeyReusedError
from chalicelib.domain.jobs.idempotency import KEPT_SECONDS, IdempotencyKey
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.jobs import submit
from chalicelib.services.reports.job_list import list_jobs
from chalicelib.storage.aws.transaction import LostRaceError
from chalicelib.storage.jobs import JobStore
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import announcement, deliver


def key(name: str = "key", body: bytes = b"body", path: str = "/path") -> IdempotencyKey:
    return IdempotencyKey.of(name, "POST", path, body)


def announced(account: Account, idempotency_key: IdempotencyKey | None) -> Job:
    return submit.announce(account, announcement(), idempotency_key=idempotency_key)[0]


def inline(account: Account, idempotency_key: IdempotencyKey | None) -> Job:
    return submit.submit_inline(account, announcement(), json.dumps(job()), idempotency_key=idempotency_key)


def count(stage: Stage, account: Account | None = None) -> int:
    return len(list_jobs(account or stage.account, JobQuery(), page=1, page_size=100))


def test_the_same_request_makes_one_job(stage: Stage) -> None:
    first, address = submit.announce(stage.account, announcement(), idempotency_key=key())
    again, fresh = submit.announce(stage.account, announcement(), idempotency_key=key())
    assert again == first
    assert address.partition("?")[0] == fresh.partition("?")[0]
    assert count(stage) == 1
    assert announced(stage.account, key("other")) != first
    assert announced(stage.account, None) != announced(stage.account, None)
    assert count(stage) == 4


def test_an_inline_job_is_answered_as_it_was_at_first(stage: Stage) -> None:
    first = inline(stage.account, key())
    assert deliver(stage, first).status is JobStatus.COMPLETED
    again = inline(stage.account, key())
    assert (again.job_id, again.status) == (first.job_id, JobStatus.QUEUED)
    assert stage.messages(stage.deps.settings.jobs_queue) == []
    assert count(stage) == 1


@pytest.mark.parametrize("other", [key(body=b"another body"), key(path="/another/path")])
def test_the_same_key_with_another_request_is_refused(stage: Stage, other: IdempotencyKey) -> None:
    announced(stage.account, key())
    with pytest.raises(KeyReusedError, match="different request"):
        announced(stage.account, other)
    with pytest.raises(KeyReusedError):
        inline(stage.account, other)
    assert count(stage) == 1


def test_another_accounts_key_is_another_key(stage: Stage) -> None:
    mine, hers = announced(stage.account, key()), announced(stage.stranger, key(body=b"hers"))
    assert mine.job_id != hers.job_id
    assert (count(stage), count(stage, stage.stranger)) == (1, 1)


def test_after_a_day_a_key_is_new_again(stage: Stage) -> None:
    first = announced(stage.account, key())
    stage.now += (KEPT_SECONDS - 60) * 1000
    assert announced(stage.account, key()).job_id == first.job_id
    stage.now += 61_000
    second = announced(stage.account, key(body=b"another body"))
    assert second.job_id != first.job_id
    assert announced(stage.account, key(body=b"another body")).job_id == second.job_id
    kept = stage.deps.idempotency.get(stage.account.account_id, key().key)
    assert kept is not None
    assert abs(kept.expires_at - stage.now // 1000 - KEPT_SECONDS) < 2


def test_two_at_the_same_time_make_one_job(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has looked, and found nothing, before the first has written."""
    original = JobStore.add
    others: list[Job] = []

    def slow(store: JobStore, *arguments: object, **named: object) -> None:
        if not others:
            others.append(Job("", "", "", 0))
            others[0] = inline(stage.account, key())
        original(store, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(JobStore, "add", slow)
    mine = inline(stage.account, key())
    assert mine.job_id == others[0].job_id
    assert count(stage) == 1
    assert deliver(stage, mine).status is JobStatus.COMPLETED


def test_many_at_the_same_time_make_one_job(stage: Stage) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: inline(stage.account, key()).job_id, range(16)))
    assert len(set(made)) == 1
    assert count(stage) == 1


def test_a_job_whose_maker_died_before_it_was_queued_is_queued(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(JobStore, "move", dies)
        with pytest.raises(KeyboardInterrupt):
            inline(stage.account, key())
    again = inline(stage.account, key())
    assert owned_job(stage.account, again.job_id).status is JobStatus.QUEUED
    assert deliver(stage, again).status is JobStatus.COMPLETED
    assert count(stage) == 1


def test_a_key_is_kept_with_its_job_or_not_at_all(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise LostRaceError("something else is in the way")

    with monkeypatch.context() as patch:
        patch.setattr(JobStore, "add", refused)
        with pytest.raises(ConflictError, match="Send it again"):
            announced(stage.account, key())
    assert stage.deps.idempotency.get(stage.account.account_id, key().key) is None
    announced(stage.account, key())
    assert count(stage) == 1
