"""Runs use their account's own keys before the house's: which is fixed, told, and costs no credits."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.api.views import jobs as job_views
from chalicelib.domain.accounts import Account
from chalicelib.domain.credits.entry import EntryKind
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.providers.account_keys import ProviderKey
from chalicelib.domain.providers.service import Service
from chalicelib.domain.runs.run import Run
from chalicelib.services.credits import ledger
from chalicelib.services.credits.estimate import estimate_of_payload
from chalicelib.services.jobs.retry import retry
from chalicelib.services.recovery.dead_letters import lose_slice
from chalicelib.services.vault import keys, sharing
from chalicelib.services.vault.keys import Changes
from chalicelib.storage.aws.clients import secretsmanager
from tests.support import wire
from tests.support.fakes.aws.faults import Fault
from tests.support.fakes.aws.stage import FakeStage, opened_stage
from tests.support.jobs import job
from tests.support.stage import limit
from tests.support.walk import deliver, drain, on_job, on_slice, queued, ran, results

SECRET = "sk-proj-0123456789abcdef"
HOUSE = {
    "openai": {
        "url": "https://gateway.example/v1",
        "key": "sk-house-openai",
        "requests_per_minute": 5,
        "calls_in_flight": 2,
    },
    "groq": {"url": None, "key": "gsk-house-groq"},
}


@pytest.fixture
def stage() -> Any:
    with opened_stage() as opened:
        offer(opened, HOUSE)
        yield opened


def offer(stage: FakeStage, table: dict[str, Any]) -> None:
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(table)
    )


def asking(*services: str, agents: int = 200) -> dict[str, Any]:
    document = job(agents=agents)
    document["models"] = [
        {"model": f"a-{name}-model", "parameters": {}, "inference_service": name} for name in services
    ]
    return document


def give(
    stage: FakeStage, service: str = "openai", label: str = "Team", account: Account | None = None
) -> ProviderKey:
    return keys.give(account or stage.account, service, SECRET, label)


def run_of(stage: FakeStage, made: Job, number: int = 1) -> Run:
    run = stage.deps.runs.get(made.job_id, number)
    assert run is not None
    return run


def asked_with(stage: FakeStage, name: str) -> set[Service]:
    return {each for order in stage.engine.orders for each in order.services if each.name == name}


def total(account: Account) -> int:
    return ledger.balance_of(account).total


def ended(stage: FakeStage, done: Job) -> dict[str, Any]:
    """Return the last thing that a job's history tells."""
    return job_views.history(stage.deps.jobs.history(done.job_id))[-1]


def test_an_own_key_goes_to_the_providers_own_address_without_the_operators_limits(stage: FakeStage) -> None:
    give(stage)
    done = ran(stage, asking("openai", "groq"))
    assert done.status == "completed"
    assert asked_with(stage, "openai") == {Service("openai", key=SECRET)}
    assert asked_with(stage, "groq") == {Service("groq", key="gsk-house-groq")}


def test_what_own_keys_pay_costs_no_credits_and_is_told(stage: FakeStage) -> None:
    give(stage)
    before = total(stage.account)
    done = ran(stage, asking("openai", "groq"))
    run = run_of(stage, done)
    assert before - total(stage.account) == run.cost == 40  # groq's 200 interviews alone
    told = wire.described(done)["latest_job_run_details"]
    assert told["cost_credits"] == 0.4
    lines = {(line["service"], line["token_type"]): line for line in told["expenses"]}
    assert lines["openai", "input"]["token_count"] == 2000
    assert lines["openai", "input"]["cost_credits"] == lines["openai", "output"]["cost_credits"] == 0
    assert lines["openai", "input"]["key_source"] == "your key 'Team'"
    assert lines["groq", "input"]["key_source"] == "house"
    assert sum(line["cost_credits"] for line in told["expenses"]) == pytest.approx(0.4)
    last = ended(stage, done)
    assert last["details"]["sources"] == [
        {"service": "groq", "source": "house", "credits": 0.4},
        {"service": "openai", "source": "your key 'Team'", "credits": 0.0},
    ]
    assert last["sentence"].endswith(" Without credits: openai with your key 'Team'.")


def test_estimates_leave_own_keys_out(stage: FakeStage) -> None:
    document = json.dumps(asking("openai", "groq"))
    before = estimate_of_payload(stage.account, document, 1)
    give(stage)
    after = estimate_of_payload(stage.account, document, 1)
    assert 0 < after.expected < before.expected
    assert after.revision == before.revision
    give(stage, "groq")
    assert estimate_of_payload(stage.account, document, 1).upper == 0
    assert estimate_of_payload(stage.stranger, document, 1).expected == before.expected


def test_an_account_without_credits_runs_with_its_own_key(stage: FakeStage) -> None:
    ledger.grant(stage.account.account_id, -total(stage.account), "all of it")
    assert ran(stage, asking("openai")).status == "failed"
    give(stage)
    done = ran(stage, asking("openai"))
    assert done.status == "completed"
    assert run_of(stage, done).cost == 0
    assert ran(stage, asking("groq")).cause == "insufficient funds"


def test_a_service_that_the_operator_does_not_offer_is_usable_with_an_own_key(stage: FakeStage) -> None:
    give(stage, "anthropic")
    assert ran(stage, asking("anthropic")).status == "completed"
    assert asked_with(stage, "anthropic") == {Service("anthropic", key=SECRET)}
    other = ran(stage, asking("xai"))
    assert other.status == "failed"
    assert "no service 'xai'" in str(other.reason)


def test_another_accounts_key_is_not_used(stage: FakeStage) -> None:
    give(stage, account=stage.stranger)
    done = ran(stage, asking("openai"))
    assert {each.key for each in asked_with(stage, "openai")} == {"sk-house-openai"}
    assert run_of(stage, done).key_sources == ()
    assert run_of(stage, done).cost == 40
    assert ended(stage, done)["details"]["sources"][0]["source"] == "house"


def test_a_shared_key_is_used_and_its_owner_named(stage: FakeStage) -> None:
    key = give(stage, account=stage.stranger)
    sharing.share(stage.stranger, key.key_id, "ada@example.com")
    ran(stage, asking("openai"))
    assert {each.key for each in asked_with(stage, "openai")} == {"sk-house-openai"}
    keys.change(stage.account, key.key_id, Changes(on=True))
    done = ran(stage, asking("openai"), fresh=True)
    assert run_of(stage, done).cost == 0
    assert ended(stage, done)["details"]["sources"] == [
        {"service": "openai", "source": "key 'Team' shared by eve@example.com", "credits": 0.0}
    ]


def started(stage: FakeStage, document: Any) -> Job:
    """Dispatch a job; nothing of it is run yet."""
    made = queued(stage, document)
    for message in stage.messages(stage.deps.settings.jobs_queue):
        on_job(message)
    return made


def test_a_run_stays_with_the_house_though_a_key_is_given_meanwhile(stage: FakeStage) -> None:
    made = started(stage, asking("openai"))
    give(stage)
    done = deliver(stage, made)
    assert {each.key for each in asked_with(stage, "openai")} == {"sk-house-openai"}
    assert run_of(stage, done).cost == 40


@pytest.mark.parametrize("how", ["deleted", "off", "unshared", "borrower's off", "disabled"])
def test_a_key_that_is_gone_is_told_and_the_house_does_not_step_in(stage: FakeStage, how: str) -> None:
    lent = how in {"unshared", "borrower's off"}
    owner = stage.stranger if lent else stage.account
    key = give(stage, account=owner)
    if lent:
        sharing.share(owner, key.key_id, "ada@example.com")
        keys.change(stage.account, key.key_id, Changes(on=True))
    made = started(stage, asking("openai", "groq", agents=2))
    match how:
        case "deleted":
            keys.delete(owner, key.key_id)
        case "off":
            keys.change(owner, key.key_id, Changes(on=False))
        case "unshared":
            sharing.unshare(owner, key.key_id, "ada@example.com")
        case "borrower's off":
            keys.change(stage.account, key.key_id, Changes(on=False))
        case _:
            stage.aws.kms.disabled.add(stage.deps.settings.vault_key)
    done = deliver(stage, made)
    assert done.status == "partial_failed"
    assert asked_with(stage, "openai") == set()
    rows = results(stage, done)["data"]
    assert [row["answer"]["q0"] for row in rows] == [None, "Hello"] * 2
    text = json.dumps(results(stage, done))
    assert "The key 'Team' that this run was to use for openai" in text
    assert SECRET not in text
    assert run_of(stage, done).cost == 1


def test_a_retry_takes_what_there_is_then_and_is_charged_for_the_house(stage: FakeStage) -> None:
    key = give(stage)
    made = started(stage, asking("openai"))
    keys.delete(stage.account, key.key_id)
    before = total(stage.account)
    done = deliver(stage, made)
    assert (done.status, total(stage.account)) == ("failed", before)
    retry(stage.account, done.job_id, RetryScope.FAILED)
    again = deliver(stage, done)
    run = run_of(stage, again, 2)
    assert again.status == "completed"
    assert run.cost == before - total(stage.account) == 40
    held = [entry for entry in ledger.entries_of(stage.account, before=None, at_most=99) if entry.run == 2]
    assert EntryKind.HOLD in {entry.kind for entry in held}


def thinking(service: str) -> dict[str, Any]:
    document = asking("openai")
    document["survey"]["questions"][0] |= {
        "question_type": "thinking",
        "model": {"model": "a-model", "parameters": {}, "inference_service": service},
    }
    return document


def test_a_question_that_brings_the_houses_model_along_is_paid(stage: FakeStage) -> None:
    give(stage)
    done = ran(stage, thinking("groq"))
    run = run_of(stage, done)
    assert {usage.service for usage in run.usages} == {"groq"}
    assert run.cost == 40
    assert run.funding is not None
    assert run.funding.forecast.bound > 0


@pytest.mark.parametrize("model", ["a-name-alone", {"model": "x"}, None, 7])
def test_nobody_gets_the_houses_answers_by_not_naming_a_service(stage: FakeStage, model: Any) -> None:
    give(stage, "groq", "Groq's")
    document = thinking("groq")
    document["models"] = asking("groq")["models"]
    document["survey"]["questions"][0]["model"] = model
    run = run_of(stage, ran(stage, document))
    assert run.cost == 40
    assert run.funding is not None
    assert run.funding.forecast.bound > 0


def test_with_an_own_key_for_both_it_is_not(stage: FakeStage) -> None:
    give(stage)
    give(stage, "groq", "Groq's")
    run = run_of(stage, ran(stage, thinking("groq")))
    assert {source.service for source in run.key_sources} == {"openai", "groq"}
    assert run.cost == 0


def test_a_gone_key_for_a_brought_model_fails_all_that_ask_it(stage: FakeStage) -> None:
    key = give(stage, "groq", "Groq's")
    made = started(stage, thinking("groq"))
    keys.delete(stage.account, key.key_id)
    done = deliver(stage, made)
    assert done.status == "failed"
    assert stage.engine.orders == []


def test_what_an_own_key_was_answered_does_not_go_to_the_shared_cache(stage: FakeStage) -> None:
    limit(cache_scope="shared")
    key = give(stage)
    ran(stage, asking("openai", agents=2))
    keys.change(stage.account, key.key_id, Changes(on=False))
    table = stage.aws.table(stage.deps.settings.cache_table).partitions
    assert "gateway.example" not in repr(table)
    ran(stage, asking("openai", agents=2), fresh=True)
    assert "gateway.example" in repr(table)


def test_a_passing_trouble_of_kms_costs_no_interview(stage: FakeStage) -> None:
    give(stage)
    made = started(stage, asking("openai", agents=2))
    (message,) = stage.messages(stage.deps.settings.interviews_queue)
    stage.aws.faults.plan(Fault.THROTTLED, "decrypt")
    with pytest.raises(ClientError, match="Throttling"):
        on_slice(message)
    stage.now += 1000 * stage.deps.settings.lease_seconds
    on_slice(message)
    assert deliver(stage, made).status == "completed"


def test_a_slice_that_is_given_up_opens_no_key(stage: FakeStage) -> None:
    """The function that takes dead letters may read no vault: nobody is asked anything."""
    give(stage)
    made = queued(stage, asking("openai", agents=2))
    on_job({"job_id": made.job_id})
    asked: set[str] = set()
    stage.aws.faults.watch = lambda _, request: asked.add(request.service)
    lose_slice(made.job_id, 1, 0, "It failed too often.")
    stage.aws.faults.watch = None
    assert asked == {"dynamodb", "s3", "sqs"}
    done = deliver(stage, made)
    assert done.status == "failed"
    assert "It failed too often" in (done.reason or "")


def test_keys_stand_in_nothing_that_is_kept(stage: FakeStage, capfd: pytest.CaptureFixture[str]) -> None:
    give(stage)
    done = ran(stage, asking("openai", agents=3))
    stage.engine.failing = {0}
    ran(stage, asking("openai", agents=3))
    for name in stage.aws.dynamodb.client.tables:
        assert SECRET not in repr(stage.aws.table(name).partitions)
    for bucket in stage.aws.s3.buckets.values():
        assert bucket.objects
        assert SECRET not in repr(bucket.objects)
    assert SECRET not in repr(stage.engine.orders)
    assert SECRET not in repr(run_of(stage, done))
    assert SECRET not in "".join(capfd.readouterr())


def test_when_a_key_was_used_and_refused_is_told_to_its_owner(stage: FakeStage) -> None:
    key_id = give(stage).key_id
    sharing.share(stage.account, key_id, "eve@example.com")
    keys.change(stage.stranger, key_id, Changes(on=True))
    (unused,) = keys.keys_of(stage.account).own
    assert (unused.used_at, unused.last_trouble) == (None, None)
    stage.engine.failing = {0}
    said = "Error code: 401 - Incorrect API key provided: <script>"
    stage.engine.failure = {"type": "unknown", "message": said}
    queued(stage, asking("openai", agents=2), stage.stranger)
    drain(stage)
    (used,) = keys.keys_of(stage.account).own
    assert used.used_at is not None
    assert used.last_trouble is not None
    assert used.last_trouble[1] == "The provider refused the key that it was asked with."
    stage.engine.failure = {"type": "TypeError", "message": "A function of the job's own failed."}
    ran(stage, asking("openai", agents=3))
    assert keys.keys_of(stage.account).own[0].last_trouble == used.last_trouble
