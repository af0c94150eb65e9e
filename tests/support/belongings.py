"""Everything that an account can have, and what is left of it anywhere."""

import json
from dataclasses import dataclass

from chalicelib.domain.accounts import Account
from chalicelib.domain.alerts.alert import AlertsWanted
from chalicelib.domain.credits.entry import EntryKind
from chalicelib.domain.credits.limits import Limits
from chalicelib.domain.jobs.idempotency import IdempotencyKey
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.object_keys import passing_key, uploaded_key
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.access import owned_job
from chalicelib.services.accounts import keys
from chalicelib.services.accounts.accounts import switch
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.services.accounts.hand_over import hand_over
from chalicelib.services.accounts.sessions import sign_in
from chalicelib.services.alerts.send import webhook_secret
from chalicelib.services.cache import log
from chalicelib.services.client_reports import begin_run, tell_error
from chalicelib.services.credits import ledger
from chalicelib.services.credits import limits as spending_limits
from chalicelib.services.jobs import submit
from chalicelib.services.jobs.retry import retry
from tests.support.entries import entry
from tests.support.fakes.aws.stage import FakeStage
from tests.support.jobs import job
from tests.support.walk import announcement, drain, offer, queued

UPLOAD = "9b2f0e0c-0000-4000-8000-000000000001"
TOKENS = {"key-ada": "a-token-of-ada-s-client-1", "key-eve": "a-token-of-eve-s-client-1"}


@dataclass(frozen=True)
class Owned:
    """An account with all of it."""

    account: Account
    token: str
    """Of a browser's session."""
    revoked: str
    """A key."""
    done: Job
    retried: Job
    announced: Job


def everything(stage: FakeStage, account: Account, key: str) -> Owned:
    """Give an account some of everything; two accounts have the same but for who they are."""
    offer(stage, "test-paid")
    paid = job(agents=2)
    paid["models"] = [{"model": "gpt", "parameters": {}, "inference_service": "test-paid"}]
    wanted = AlertsWanted(email=True, webhooks=("https://hooks.example.org/x",))
    done = queued(stage, paid, account, alerts=wanted)
    told = IdempotencyKey.of("key", "POST", "/path", b"body")
    first, _ = submit.announce(account, announcement(), idempotency_key=told)
    stage.deps.files.write(JobKeys(account.account_id, first.job_id).upload, json.dumps(paid).encode())
    submit.uploaded(account, first.job_id, results_description=None, interview_seconds=None)
    drain(stage)
    retry(account, first.job_id, RetryScope.ALL)
    drain(stage)
    announced, _ = submit.announce(account, announcement())
    old = keys.make(account, "an old one")
    keys.revoke(account, old.about.key_id)
    token = sign_in(key, source="here")
    hand_over(authenticate(key), TOKENS[key])
    webhook_secret(account.account_id)
    stage.deps.cache.write(account.account_id, [entry(0), entry(1)], at=stage.now, expires_at=None)
    log.note(account, "Entries uploaded.", 2)
    begin_run(account)
    switch(account, remote_inference=None, remote_caching=None, remote_logging=True)
    tell_error(authenticate(key), "ValueError", "it was wrong")
    stage.deps.files.write(uploaded_key(account.account_id, UPLOAD), b"a picture")
    stage.deps.files.write(passing_key(account.account_id, "cache/1.jsonl"), b"on its way")
    spending_limits.set_own(account, Limits(per_month=1_000_000))
    found = keys.keys_of(account)[0]
    spending_limits.set_of_key(account, found.key_id, 900_000)
    return Owned(
        account,
        token,
        old.secret,
        owned_job(account, done.job_id),
        owned_job(account, first.job_id),
        announced,
    )


def transfers(stage: FakeStage) -> None:
    """Have each of two accounts give the other something."""
    for giver, taker in ((stage.account, stage.stranger), (stage.stranger, stage.account)):
        ledger.move(EntryKind.TRANSFER, giver, taker.account_id, 250, f"from {giver.email}")


def kept(stage: FakeStage) -> dict[str, str]:
    """Return all that is kept anywhere, by where it lies."""
    found = {
        f"{table.name} {partition} {sort}": f"{sorted(item.items(), key=str)}"
        for table in stage.aws.dynamodb.client.tables.values()
        for partition, held in table.partitions.items()
        for sort, item in held.items.items()
    }
    for name, bucket in stage.aws.s3.buckets.items():
        found |= {f"{name} {key}": repr(held.data) for key, held in bucket.objects.items()}
    return found


def naming(everything_kept: dict[str, str], *words: str) -> dict[str, str]:
    """Return what names one of some words, in its place or in itself."""
    return {
        place: said
        for place, said in everything_kept.items()
        if any(word in place or word in said for word in words)
    }
