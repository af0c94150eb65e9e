"""A job, an account: gone with all of theirs, wherever the process dies, and nothing of anybody else's."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.credits.entry import EntryKind
from chalicelib.domain.errors import ConflictError, KeyMissingError, NotFoundError, PerchError
from chalicelib.domain.jobs.idempotency import IdempotencyKey
from chalicelib.domain.jobs.job import RetryScope
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.domain.object_keys import SHARED_SCOPE, uploaded_key
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.accounts import administration, keys
from chalicelib.services.accounts.accounts import open_account
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.services.accounts.hand_over import fetched, hand_over
from chalicelib.services.accounts.sessions import session_of, sign_out
from chalicelib.services.alerts.send import send_alert
from chalicelib.services.content.read import get_object
from chalicelib.services.credits import ledger
from chalicelib.services.jobs import submit
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.retry import retry
from chalicelib.services.leaving.accounts import belongings, delete_account
from chalicelib.services.leaving.jobs import ask_to_delete, delete_job
from chalicelib.services.leaving.retention import AT_A_TIME, remove_old
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.recovery.dead_letters import give_up_finish, give_up_start, lose_slice
from chalicelib.services.recovery.sweep import sweep
from chalicelib.services.reports.job_list import list_jobs
from chalicelib.services.vault import keys as provider_keys
from chalicelib.services.vault import sharing
from chalicelib.storage.aws.transaction import LostRaceError
from tests.support.belongings import TOKENS, Owned, everything, kept, naming, transfers
from tests.support.entries import entry
from tests.support.fakes.aws.faults import CrashError, Fault
from tests.support.fakes.aws.stage import FakeStage, opened_stage
from tests.support.jobs import job
from tests.support.stage import limit
from tests.support.walk import (
    announcement,
    drain,
    on_content,
    on_finish,
    on_job,
    on_slice,
    queued,
    ran,
)

DAY = 86_400_000
HOUR = 3_600_000
OF_THE_ACCOUNT = {"perch-test-credits", "perch-test-cache"}
"""What jobs cost, and what they left in their account's cache, is the account's."""


@pytest.fixture
def stage() -> Iterator[FakeStage]:
    with opened_stage() as opened:
        yield opened


def refusal(asked: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(PerchError) as caught:
        asked()
    return caught.value.status, caught.value.detail


def gone(stage: FakeStage, *ids: str) -> bool:
    return not naming(kept(stage), *ids)


def until_done(stage: FakeStage, asked: Callable[[], object], *, step: int) -> int:
    """Let a process die after ever more requests, and begin again each time; return how often it died."""
    deaths = 0
    while True:
        stage.aws.faults.plan(Fault.CRASH_AFTER, skip=deaths * step)
        try:
            asked()
        except CrashError:
            deaths += 1
        else:
            stage.aws.faults.forget()
            return deaths


def test_a_job_goes_whole_and_nothing_else(stage: FakeStage) -> None:
    ada, eve = everything(stage, stage.account, "key-ada"), everything(stage, stage.stranger, "key-eve")
    before = kept(stage)
    doomed = ada.retried
    assert naming(before, doomed.job_id)
    runs = stage.deps.runs.several(doomed.job_id, doomed.run)
    results_ids = [run.end.results_id or "-" for run in runs if run.end]
    assert len(results_ids) == 2
    delete_job(stage.account, doomed.job_id)
    after = kept(stage)
    left = naming(after, doomed.job_id)
    assert {place.split()[0] for place in left} <= OF_THE_ACCOUNT
    assert {place: said for place, said in before.items() if place not in after}.keys() <= naming(
        before, doomed.job_id, *results_ids
    ).keys()
    assert {place: after[place] for place in after} == {place: before[place] for place in after}
    assert owned_job(stage.account, ada.done.job_id) == ada.done
    assert owned_job(stage.stranger, eve.done.job_id) == eve.done


def test_it_is_answered_as_if_it_had_never_been(stage: FakeStage) -> None:
    done = ran(stage, job())
    results_id, never = done.results_id or "", "00000000-0000-4000-8000-000000000000"
    delete_job(stage.account, done.job_id)

    def told(asked: Callable[[Account, str], object], its: str) -> tuple[int, str]:
        status, detail = refusal(lambda: asked(stage.account, its))
        return status, detail.replace(its, "ID")

    for asked, its in ((owned_job, done.job_id), (delete_job, done.job_id), (get_object, results_id)):
        assert told(asked, its) == told(asked, never)
        assert told(asked, never)[0] == 404
    assert list_jobs(stage.account, JobQuery(), page=1, page_size=10) == []


@pytest.mark.parametrize("step", [1, 5])
def test_wherever_its_deletion_dies_nothing_is_shown_and_it_is_finished(stage: FakeStage, step: int) -> None:
    wanted = IdempotencyKey.of("key", "POST", "/path", b"body")
    made, _ = submit.announce(stage.account, announcement(), idempotency_key=wanted)
    stage.deps.files.write(JobKeys.of(made).upload, b'{"not": "a job"}')
    submit.uploaded(stage.account, made.job_id, results_description=None, interview_seconds=None)
    drain(stage)
    done = ran(stage, job(agents=3))
    limit(jobs_days=1)
    stage.now += 2 * DAY

    def remove() -> None:
        try:
            remove_old(lambda: 900.0)
        finally:
            shown = list_jobs(stage.account, JobQuery(), page=1, page_size=10)
            for listed in shown:
                if listed.job.results_id:
                    get_object(stage.account, listed.job.results_id)

    assert until_done(stage, remove, step=step) > 3
    left = naming(kept(stage), made.job_id, done.job_id, done.results_id or "-")
    assert {place.split()[0] for place in left} <= OF_THE_ACCOUNT


def test_a_job_that_goes_on_is_not_deleted(stage: FakeStage) -> None:
    going_on = queued(stage, job())
    with pytest.raises(ConflictError, match=r"is queued\. Cancel it"):
        delete_job(stage.account, going_on.job_id)
    announced, _ = submit.announce(stage.account, announcement())
    with pytest.raises(ConflictError, match="still waiting for its upload"):
        delete_job(stage.account, announced.job_id)
    drain(stage)
    with pytest.raises(NotFoundError):
        delete_job(stage.stranger, going_on.job_id)
    assert owned_job(stage.account, going_on.job_id).status is JobStatus.COMPLETED


def test_one_that_is_run_again_at_that_moment_stays(stage: FakeStage) -> None:
    done = ran(stage, job())
    hide = stage.deps.job_removal.hide

    def retried_first(*_: object) -> None:
        retry(stage.account, done.job_id, RetryScope.ALL)
        hide(done)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(stage.deps.job_removal), "hide", lambda _, found: retried_first(found))
        with pytest.raises(ConflictError, match="changing"):
            delete_job(stage.account, done.job_id)
    drain(stage)
    assert get_object(stage.account, owned_job(stage.account, done.job_id).results_id or "").body


def test_one_that_was_asked_for_goes_by_its_message_and_is_found_no_more_at_once(stage: FakeStage) -> None:
    done, other = ran(stage, job(agents=2)), ran(stage, job())
    with pytest.raises(NotFoundError):
        ask_to_delete(stage.stranger, done.job_id)
    ask_to_delete(stage.account, done.job_id)
    with pytest.raises(NotFoundError):
        owned_job(stage.account, done.job_id)
    assert list(stage.deps.files.under(f"account/{stage.account.account_id}/job/{done.job_id}/"))
    drain(stage, times=2)
    left = naming(kept(stage), done.job_id, done.results_id or "-")
    assert {place.split()[0] for place in left} <= OF_THE_ACCOUNT
    assert owned_job(stage.account, other.job_id) == other
    going_on = queued(stage, job())
    with pytest.raises(ConflictError, match=r"is queued\. Cancel it"):
        ask_to_delete(stage.account, going_on.job_id)


def test_a_message_to_delete_one_that_was_run_again_since_does_nothing(stage: FakeStage) -> None:
    done = ran(stage, job())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(stage.deps.job_removal), "hide", lambda *_: lost())
        with pytest.raises(ConflictError, match="changing"):
            ask_to_delete(stage.account, done.job_id)
    retry(stage.account, done.job_id, RetryScope.ALL)
    asked = stage.messages(stage.deps.settings.content_queue)
    drain(stage)
    again = owned_job(stage.account, done.job_id)
    assert [message["kind"] for message in asked] == ["delete job"]
    on_content(asked[0])
    assert owned_job(stage.account, done.job_id) == again


def lost() -> None:
    raise LostRaceError


def test_messages_of_a_job_that_has_gone_do_nothing(stage: FakeStage) -> None:
    done = ran(stage, job())
    delete_job(stage.account, done.job_id)
    before = kept(stage)
    on_job({"job_id": done.job_id})
    on_slice({"job_id": done.job_id, "run": 1, "start": 0})
    on_finish({"job_id": done.job_id, "run": 1})
    send_alert(done.job_id, 2, "email")
    give_up_start(done.job_id, 1, "It failed.")
    give_up_finish(done.job_id, 1, "It failed.")
    lose_slice(done.job_id, 1, 0, "It failed.")
    sweep(lambda: 60.0)
    assert kept(stage) == before


def test_a_request_repeated_after_its_job_has_gone_is_a_new_one(stage: FakeStage) -> None:
    wanted = IdempotencyKey.of("key", "POST", "/path", b"body")
    first, _ = submit.announce(stage.account, announcement(), idempotency_key=wanted)
    cancel(stage.account, first.job_id)
    delete_job(stage.account, first.job_id)
    again, _ = submit.announce(stage.account, announcement(), idempotency_key=wanted)
    assert again.job_id != first.job_id


class TestAccounts:
    def test_all_of_it_goes_and_nothing_of_another_s(self, stage: FakeStage) -> None:
        ada, eve = everything(stage, stage.account, "key-ada"), everything(stage, stage.stranger, "key-eve")
        transfers(stage)
        before = kept(stage)
        count = belongings(stage.account)
        assert (count.jobs, count.keys) == (3, 2)
        assert count.entries >= 2
        assert delete_account(stage.account, pause=lambda _: drain(stage)) == 3
        assert_gone(stage, ada)
        assert_untouched(stage, eve, before)

    @pytest.mark.parametrize("step", [1, 3])
    def test_its_keys_for_providers_go_and_those_lent_to_it_are_given_back(
        self, stage: FakeStage, step: int
    ) -> None:
        hers = provider_keys.give(stage.account, "openai", "sk-ada-0123456789", "Ada's")
        his = provider_keys.give(stage.stranger, "openai", "sk-eve-0123456789", "Eve's")
        sharing.share(stage.account, hers.key_id, stage.stranger.email)
        sharing.share(stage.stranger, his.key_id, stage.account.email)

        def delete() -> None:
            with contextlib.suppress(NotFoundError):
                delete_account(administration.find("ada@example.com"), pause=lambda _: drain(stage))

        assert until_done(stage, delete, step=step) > 5
        assert gone(stage, hers.key_id)
        left = provider_keys.keys_of(stage.stranger)
        assert [(key.key_id, key.shared_with) for key in left.own] == [(his.key_id, ())]
        assert left.shared == ()

    @pytest.mark.parametrize("step", [1, 7])
    def test_wherever_its_deletion_dies_it_is_finished_by_being_asked_again(
        self, stage: FakeStage, step: int
    ) -> None:
        ada, eve = everything(stage, stage.account, "key-ada"), everything(stage, stage.stranger, "key-eve")
        transfers(stage)
        before = kept(stage)

        def delete() -> None:
            try:
                account = administration.find("ada@example.com")
            except NotFoundError:
                return  # it died after its last write
            delete_account(account, pause=lambda _: drain(stage))

        assert until_done(stage, delete, step=step) > 5
        assert_gone(stage, ada)
        assert_untouched(stage, eve, before)

    def test_what_runs_is_cancelled_and_awaited_for_some_time(self, stage: FakeStage) -> None:
        waits = queued(stage, job(agents=2))
        dispatch(waits.job_id)
        with pytest.raises(ConflictError, match=r"1 of the jobs .* have not ended.*run this again"):
            delete_account(stage.account, wait_seconds=0.01, pause=lambda _: None)
        with pytest.raises(PerchError):
            authenticate("key-ada")
        assert owned_job(stage.account, waits.job_id).status is JobStatus.CANCELLING
        assert delete_account(stage.account, pause=lambda _: drain(stage)) == 1
        assert gone(stage, waits.job_id)

    def test_its_ledger_keeps_amounts_and_times_only(self, stage: FakeStage) -> None:
        everything(stage, stage.account, "key-ada")
        transfers(stage)
        ledger.grant(stage.account.account_id, 5, "for Ada herself")
        before = list(stage.deps.credits.all_entries(stage.account.account_id))
        delete_account(stage.account, pause=lambda _: drain(stage))
        after = list(stage.deps.credits.all_entries(stage.account.account_id))
        assert [(entry.amount, entry.held, entry.at, entry.kind, entry.balance) for entry in after] == [
            (entry.amount, entry.held, entry.at, entry.kind, entry.balance) for entry in before
        ]
        assert {(entry.note, entry.job_id) for entry in after} == {("", "")}
        theirs = ledger.entries_of(stage.stranger, before=None, at_most=10)
        assert {entry.note for entry in theirs if entry.kind is EntryKind.TRANSFER} == {
            "from ada@example.com",
            "from eve@example.com",
        }

    def test_its_keys_are_nobodys_for_ever_and_its_address_is_free(self, stage: FakeStage) -> None:
        ada = everything(stage, stage.account, "key-ada")
        delete_account(stage.account, pause=lambda _: drain(stage))
        never = refusal(lambda: authenticate("key-of-nobody"))
        for key in ("key-ada", ada.revoked):
            assert refusal(partial(authenticate, key)) == never
            with pytest.raises(ConflictError, match=r"has been deleted\. Give another"):
                open_account("ada@example.com", key)
        again = open_account("ada@example.com", "another-key")
        assert again.account_id != stage.account.account_id
        assert again.username == stage.account.username
        with pytest.raises(ConflictError, match="has been deleted"):
            open_account("ada@example.com", "key-ada")

    def test_a_hand_over_that_is_another_s_by_now_stays(self, stage: FakeStage) -> None:
        hand_over(stage.account, TOKENS["key-ada"])
        stage.now += 11 * 60_000
        hand_over(stage.stranger, TOKENS["key-ada"])
        delete_account(stage.account)
        key = fetched(TOKENS["key-ada"])
        assert authenticate(key).account_id == stage.stranger.account_id

    def test_shared_copies_of_what_its_jobs_left_go(self, stage: FakeStage) -> None:
        for owner, number in ((stage.account, 0), (stage.stranger, 1)):
            stage.deps.cache.write(owner.account_id, [entry(0), entry(1)], at=stage.now, expires_at=None)
            stage.deps.cache.add(
                SHARED_SCOPE,
                entry(number),
                maker="job/1/0",
                owner=owner.account_id,
                at=stage.now,
                before=None,
                expires_at=None,
            )
        delete_account(stage.account)
        assert stage.deps.cache.keys(SHARED_SCOPE, now=stage.now) == {entry(1).key}

    def test_what_comes_after_it_has_gone_goes_a_day_later(self, stage: FakeStage) -> None:
        delete_account(stage.account)
        late = uploaded_key(stage.account.account_id, "late")
        stage.deps.files.write(late, b"put to an address that was signed before")
        made, _ = submit.announce(stage.stranger, announcement())
        for hours in (2, 23):
            stage.now += hours * HOUR
            remove_old(lambda: 900.0)
        assert not naming(kept(stage), stage.account.account_id)
        assert owned_job(stage.stranger, made.job_id)
        assert list(stage.deps.account_removal.gone()) == []


class TestRetention:
    def test_old_jobs_go_and_young_ones_stay(self, stage: FakeStage) -> None:
        old, other = ran(stage, job()), queued(stage, job(), stage.stranger)
        again = ran(stage, job())
        drain(stage)
        stage.now += 20 * DAY
        young = ran(stage, job())
        retry(stage.account, again.job_id, RetryScope.ALL)
        drain(stage)
        waits = queued(stage, job())
        stage.now += 15 * DAY
        assert remove_old(lambda: 900.0).jobs == 0  # nobody has said so
        limit(jobs_days=30)
        assert remove_old(lambda: 900.0).jobs == 2
        for owner, gone_job in ((stage.account, old), (stage.stranger, other)):
            with pytest.raises(NotFoundError):
                owned_job(owner, gone_job.job_id)
        for stays in (young, again, waits):
            assert owned_job(stage.account, stays.job_id)
        assert remove_old(lambda: 900.0).jobs == 0

    def test_it_ends_in_time_and_goes_on_the_next_time(self, stage: FakeStage) -> None:
        for _ in range(3):
            ran(stage, job())
        limit(jobs_days=1)
        stage.now += 2 * DAY
        left = iter([900.0] * 2)
        assert 0 < remove_old(lambda: next(left, 0.0)).jobs < 3
        assert remove_old(lambda: 900.0).jobs > 0
        assert list_jobs(stage.account, JobQuery(), page=1, page_size=10) == []

    def test_many_jobs_of_one_account_go_in_turn_with_another_s(
        self, stage: FakeStage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chalicelib.services.leaving.retention.AT_A_TIME", 2)
        assert AT_A_TIME > 2
        for owner in [stage.account] * 5 + [stage.stranger]:
            queued(stage, job(), owner)
        drain(stage)
        limit(jobs_days=1)
        stage.now += 2 * DAY
        assert remove_old(lambda: 900.0).jobs == 6

    def test_one_that_does_not_go_keeps_no_other(self, stage: FakeStage) -> None:
        for _ in range(3):
            ran(stage, job())
        limit(jobs_days=1)
        stage.now += 2 * DAY
        stage.aws.faults.plan(Fault.THROTTLED, "delete_objects")
        removal = remove_old(lambda: 900.0)
        assert (removal.jobs, len(removal.troubles)) == (2, 1)
        assert list_jobs(stage.account, JobQuery(), page=1, page_size=10) == []
        assert remove_old(lambda: 900.0).jobs == 1
        assert {place.split()[0] for place in naming(kept(stage), f"account#{stage.account.account_id}")} == {
            "perch-test-accounts",
            "perch-test-keys",
        }


def assert_gone(stage: FakeStage, owned: Owned) -> None:
    account = owned.account
    left = naming(kept(stage), account.account_id, account.email, owned.done.job_id, owned.retried.job_id)
    mine = {
        place for place in left if not place.startswith(f"perch-test-credits {stage.stranger.account_id}")
    }
    assert {place.split()[0] for place in mine} <= {"perch-test-credits", "perch-test-keys"}
    assert {place for place in mine if "keys" in place} == {f"perch-test-keys gone {account.account_id}"}
    assert session_of(owned.token) is None
    assert fetched(TOKENS["key-ada"]) is None
    with pytest.raises(KeyMissingError):
        authenticate("key-ada")
    assert stage.deps.accounts.get(account.account_id) is None
    assert stage.deps.accounts.by_username(account.username) is None
    assert [each.email for each in administration.everybody()] == ["eve@example.com"]


def assert_untouched(stage: FakeStage, eve: Owned, before: dict[str, str]) -> None:
    words = (eve.account.account_id, eve.done.job_id, eve.retried.job_id, eve.announced.job_id)
    theirs = {
        place: said
        for place, said in naming(before, *words).items()
        if not place.startswith(f"perch-test-credits {stage.account.account_id}")
    }
    after = kept(stage)
    assert {place: after.get(place) for place in theirs} == theirs
    assert authenticate("key-eve").account_id == eve.account.account_id
    holder = session_of(eve.token)
    assert holder is not None
    assert get_object(eve.account, eve.done.results_id or "").body
    assert fetched(TOKENS["key-eve"])
    sign_out(eve.token)
    assert session_of(eve.token) is None
    assert len(keys.keys_of(eve.account)) == 2
