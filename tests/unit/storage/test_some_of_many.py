"""What admins' pages read: some accounts, books, jobs and limits of many, each by few requests."""

from chalicelib.domain.providers.limits import Limit
from chalicelib.domain.providers.service import ModelUse, Service
from chalicelib.services.credits import ledger
from chalicelib.storage.credits import Book
from chalicelib.storage.providers.limits import limit_name
from tests.support.jobs import job
from tests.support.stage import CREDITS, Stage, another_account
from tests.support.walk import queued


def test_some_accounts_are_those_whose_addresses_begin_so(stage: Stage) -> None:
    for name in ("ad", "ada", "ADA.two", "adam", "b"):
        another_account(f"{name}@example.org")

    def some(beginning: str, after: str = "", at_most: int = 100) -> list[str]:
        found = stage.deps.accounts.some(beginning, after=after, at_most=at_most)
        return [account.email.partition("@")[0] for account in found if account.email.endswith(".org")]

    assert some("AdA") == ["ADA.two", "ada", "adam"]
    assert some("ada", after="ADA.two@example.org") == ["ada", "adam"]
    assert some("ada", after="adam@example.org") == []
    assert some("ada", after="zzz") == []
    assert some("zzz") == []
    assert some("") == ["ad", "ADA.two", "ada", "adam", "b"]
    assert some("", after="adam@example.org") == ["b"]
    assert len(stage.deps.accounts.some("", after="", at_most=2)) == 2


def test_books_of_several_accounts_are_those_of_each(stage: Stage) -> None:
    ledger.grant(stage.account.account_id, 500, "")
    ids = [stage.account.account_id, stage.stranger.account_id, "nobody"]
    books = stage.deps.credits.books(ids)
    assert {each: stage.deps.credits.book(each) for each in ids} == books
    assert books[ids[0]].balance.total == CREDITS + 500
    assert books["nobody"] == Book()
    assert stage.deps.credits.books([]) == {}


def test_jobs_are_counted_no_further_than_is_asked(stage: Stage) -> None:
    for _ in range(3):
        queued(stage, job())
    counts = [stage.deps.jobs.count(stage.account.account_id, at_most=most) for most in (2, 3, 1000)]
    assert counts == [2, 3, 3]
    assert stage.deps.jobs.count(stage.stranger.account_id, at_most=10) == 0


def test_a_services_limits_are_found_and_no_other_keys(stage: Stage) -> None:
    house, other = Service("openai", key="sk-house"), Service("openai", key="sk-ada")
    for service, model in ((house, "gpt-4o"), (house, "a#b"), (other, "gpt-4o")):
        name = limit_name(service, ModelUse("openai", model))
        stage.deps.limits.put(name, Limit(), Limit(slowed_from=7), now=stage.clock())
    prefix = limit_name(house, ModelUse("openai", ""))
    assert set(stage.deps.limits.beginning(prefix, at_most=10)) == {"gpt-4o", "a#b"}
    assert len(stage.deps.limits.beginning(prefix, at_most=1)) == 1
