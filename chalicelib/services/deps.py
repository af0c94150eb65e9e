"""The parts that services work with, put together once a process."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.domain.providers.limits import Limit
from chalicelib.domain.providers.places import Places
from chalicelib.domain.runs.engine_port import SurveyEngine
from chalicelib.services.beside import Beside, beside
from chalicelib.services.heartbeat import Beating, beating
from chalicelib.services.jobs_look import JobsLook, Standing
from chalicelib.services.shared_look import SharedLook
from chalicelib.settings import Settings, settings
from chalicelib.storage.accounts.hand_overs import HandOverStore
from chalicelib.storage.accounts.keys import KeyStore
from chalicelib.storage.accounts.records import AccountStore
from chalicelib.storage.accounts.removal import AccountRemoval
from chalicelib.storage.accounts.sessions import SessionStore
from chalicelib.storage.accounts.sign_ins import SignInStore
from chalicelib.storage.alerts.email import EmailSender
from chalicelib.storage.alerts.outbox import AlertStore
from chalicelib.storage.alerts.webhook import WebhookSender
from chalicelib.storage.aws.files import FileStore
from chalicelib.storage.aws.queues import Queue
from chalicelib.storage.cache.entries import CacheStore
from chalicelib.storage.cache.log import CacheLog
from chalicelib.storage.client_reports import ClientReportStore
from chalicelib.storage.columns.tables import TableStore
from chalicelib.storage.content.index import ContentIndex
from chalicelib.storage.content.readers import ReaderStore
from chalicelib.storage.content.records import ContentStore
from chalicelib.storage.content.removal import ContentRemoval
from chalicelib.storage.credits import CreditStore
from chalicelib.storage.idempotency import IdempotencyStore
from chalicelib.storage.job_removal import JobRemoval
from chalicelib.storage.jobs import JobStore
from chalicelib.storage.polls import PollStore
from chalicelib.storage.prices import PriceStore
from chalicelib.storage.providers.bedrock_role import BedrockRole
from chalicelib.storage.providers.limits import LimitStore
from chalicelib.storage.providers.table import ServiceTable
from chalicelib.storage.responses import ResponseStore
from chalicelib.storage.runs import RunStore
from chalicelib.storage.turns import TurnStore
from chalicelib.storage.vault.keys import VaultStore
from chalicelib.storage.vault.sealing import Sealer
from chalicelib.storage.walls import WallsStore

if TYPE_CHECKING:
    from chalicelib.engine.engine import Engine

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Deps:
    """Everything a service may need."""

    settings: Settings
    accounts: AccountStore
    keys: KeyStore
    sessions: SessionStore
    sign_ins: SignInStore
    hand_overs: HandOverStore
    account_removal: AccountRemoval
    jobs: JobStore
    job_removal: JobRemoval
    runs: RunStore
    polls: PollStore
    turns: TurnStore
    limits: LimitStore[Limit]
    places: LimitStore[Places]
    contents: ContentStore
    content_index: ContentIndex
    content_removal: ContentRemoval
    readers: ReaderStore
    credits: CreditStore
    responses: ResponseStore
    cache: CacheStore
    cache_log: CacheLog
    client_reports: ClientReportStore
    files: FileStore
    tables: TableStore
    idempotency: IdempotencyStore
    jobs_queue: Queue
    interviews_queue: Queue
    finalize_queue: Queue
    jobs_dead_letters: Queue
    interviews_dead_letters: Queue
    finalize_dead_letters: Queue
    content_queue: Queue
    content_dead_letters: Queue
    alerts: AlertStore
    alerts_queue: Queue
    emails: EmailSender
    webhooks: WebhookSender
    service_table: ServiceTable
    bedrock_role: BedrockRole
    vault: VaultStore
    sealer: Sealer
    prices: PriceStore
    walls: WallsStore
    engine: Callable[[], SurveyEngine]
    clock: Callable[[], int]
    """Milliseconds since 1970."""
    beating: Beating
    """Does something at intervals while a block runs."""
    beside: Beside
    """Does something at the same time; returns what waits for its end."""
    standings: SharedLook[Standing]
    """Waits for a change of a job, for all of this process that wait for one."""


@lru_cache(maxsize=1)
def engine() -> "Engine":
    """Return this process's engine; only functions that run jobs ever ask for it."""
    from chalicelib.engine.engine import Engine  # noqa: PLC0415 - the api function must not load it

    return Engine(without_walls=settings().run_without_walls)


def milliseconds() -> int:
    """Return the time, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class _Chosen:
    """The parts in use; made once, or put here by a test."""

    deps: Deps | None = None


def deps() -> Deps:
    """Return this process's parts, made from its settings at first use."""
    if _Chosen.deps is None:
        _Chosen.deps = deps_of(settings())
    return _Chosen.deps


def use(other: Deps | None) -> None:
    """Work with other parts from now on; None makes them anew from the settings."""
    _Chosen.deps = other


def deps_of(chosen: Settings) -> Deps:
    """Put the real parts together as some settings say."""
    return Deps(
        settings=chosen,
        accounts=AccountStore(chosen.accounts_table, chosen.keys_table),
        keys=KeyStore(chosen.accounts_table, chosen.keys_table),
        sessions=SessionStore(chosen.accounts_table, chosen.keys_table),
        sign_ins=SignInStore(chosen.keys_table),
        hand_overs=HandOverStore(chosen.accounts_table, chosen.keys_table),
        account_removal=AccountRemoval(chosen.accounts_table, chosen.keys_table),
        jobs=JobStore(chosen.jobs_table),
        job_removal=JobRemoval(chosen.jobs_table),
        runs=RunStore(chosen.jobs_table),
        polls=PollStore(chosen.jobs_table),
        turns=TurnStore(chosen.jobs_table),
        limits=LimitStore(chosen.jobs_table, Limit),
        places=LimitStore(chosen.jobs_table, Places),
        contents=ContentStore(chosen.content_table, chosen.content_index_table),
        content_index=ContentIndex(chosen.content_index_table),
        content_removal=ContentRemoval(chosen.content_index_table),
        readers=ReaderStore(chosen.content_index_table),
        credits=CreditStore(chosen.credits_table),
        responses=ResponseStore(chosen.answers_table, FileStore(chosen.bucket)),
        cache=CacheStore(chosen.cache_table, FileStore(chosen.bucket)),
        cache_log=CacheLog(chosen.cache_table),
        client_reports=ClientReportStore(chosen.answers_table),
        files=FileStore(chosen.bucket, chosen.signed_url_endpoint),
        tables=TableStore(FileStore(chosen.bucket)),
        idempotency=IdempotencyStore(chosen.jobs_table),
        jobs_queue=Queue(chosen.jobs_queue),
        interviews_queue=Queue(chosen.interviews_queue),
        finalize_queue=Queue(chosen.finalize_queue),
        jobs_dead_letters=Queue(chosen.jobs_dead_letters),
        interviews_dead_letters=Queue(chosen.interviews_dead_letters),
        finalize_dead_letters=Queue(chosen.finalize_dead_letters),
        content_queue=Queue(chosen.content_queue),
        content_dead_letters=Queue(chosen.content_dead_letters),
        alerts=AlertStore(chosen.jobs_table),
        alerts_queue=Queue(chosen.alerts_queue),
        emails=EmailSender(chosen.alert_sender),
        webhooks=WebhookSender(private_too=chosen.alerts_to_private_addresses),
        service_table=ServiceTable(chosen.services_secret),
        bedrock_role=BedrockRole(chosen.bedrock_role, chosen.stack_name),
        vault=VaultStore(chosen.vault_table),
        sealer=Sealer(chosen.vault_key),
        prices=PriceStore(FileStore(chosen.bucket)),
        walls=WallsStore(chosen.jobs_table),
        engine=engine,
        clock=milliseconds,
        beating=beating,
        beside=beside,
        standings=SharedLook(JobsLook(JobStore(chosen.jobs_table), RunStore(chosen.jobs_table))),
    )


def expires_in(days: int) -> int:
    """Return a time so many days from now, in seconds since 1970, as DynamoDB's expiry wants it."""
    return deps().clock() // 1000 + days * SECONDS_PER_DAY


def entries_expire_at() -> int | None:
    """Return when cache entries expire that are written now; None: never."""
    days = deps().settings.cache_days
    return expires_in(days) if days else None
