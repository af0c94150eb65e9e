"""The house's services, how fast they are asked at this moment, and who waits."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.providers.limits import Limit, rate
from chalicelib.domain.providers.places import Places
from chalicelib.domain.providers.service import ModelUse, Service, ceiling_of
from chalicelib.domain.runs.waiting import LimitWait
from chalicelib.services.admin.accounts import emails_of
from chalicelib.services.deps import deps
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.providers.limits import limit_name

MOST_MODELS = 50
"""Of a service are looked at, and runs that may wait for a limit."""


@dataclass(frozen=True)
class ModelTraffic:
    """A model that was asked within a day with the house's key."""

    model: str
    requests_per_minute: int | None
    """As it may be asked at present; None: as fast as one likes."""
    slowed: bool
    """Its provider refused calls, and it is asked more slowly for a while."""
    pauses_until: int | None
    held: int
    """Calls that may be in flight at this moment, of all workers; 0 also where nobody counts them."""
    wanted: int
    """Calls that workers would like to have in flight."""
    waiting: int
    """Workers that have fewer than they want."""


@dataclass(frozen=True)
class ServiceFacts:
    """A row of the house's table: its key is never told, only whether there is one."""

    name: str
    url: str | None
    has_key: bool
    requests_per_minute: int | None
    tokens_per_minute: int | None
    calls_in_flight: int | None
    call_limit_seconds: float | None
    models: tuple[ModelTraffic, ...]


@dataclass(frozen=True)
class AccountTurn:
    """An account that has workers, or waits for some."""

    account_id: str
    email: str
    """Empty: the account has gone."""
    working: int
    """Slices."""
    waiting: int
    oldest: int | None
    """Since when the one that waits longest does."""


@dataclass(frozen=True)
class RunWait:
    """A run that would ask a model faster than all workers together may."""

    job: Job
    email: str
    wait: LimitWait


def services() -> list[ServiceFacts]:
    """Return the house's services in the order of their names."""
    return in_parallel(_facts, list(deps().service_table.services()))


def turns() -> list[AccountTurn]:
    """Return whose slices have workers and whose wait, those that wait longest first; of very many some."""
    now = deps().clock()
    working = Counter(each.place.account_id for each in deps().turns.working() if each.until > now)
    since: dict[str, list[int]] = defaultdict(list)
    for each in deps().turns.waiting():
        since[each.place.account_id].append(each.since)
    emails = emails_of({*working, *since})
    found = [
        AccountTurn(
            each, emails.get(each, ""), working[each], len(since[each]), min(since[each], default=None)
        )
        for each in {*working, *since}
    ]
    return sorted(found, key=lambda turn: (turn.oldest is None, turn.oldest or 0, turn.email))


def waits() -> list[RunWait]:
    """Return runs under way that wait for a provider's limit; of very many some."""
    now = deps().clock()
    runs = list({(each.place.job_id, each.place.run): None for each in deps().turns.working()})[:MOST_MODELS]
    noted = in_parallel(lambda named: deps().runs.wait(*named), runs)
    found = {job_id: wait for (job_id, _), wait in zip(runs, noted, strict=True) if wait and wait.until > now}
    jobs = deps().jobs.those(found)
    emails = emails_of({job.account_id for job in jobs})
    return [RunWait(job, emails.get(job.account_id, ""), found[job.job_id]) for job in jobs]


def _facts(service: Service) -> ServiceFacts:
    prefix = limit_name(service, ModelUse(service.name, ""))
    limits = deps().limits.beginning(prefix, at_most=MOST_MODELS)
    places = deps().places.beginning(prefix, at_most=MOST_MODELS)
    models = [
        _traffic(service, model, limits.get(model, Limit()), places.get(model, Places()))
        for model in sorted({*limits, *places})
    ]
    return ServiceFacts(
        name=service.name,
        url=service.url,
        has_key=bool(service.key),
        requests_per_minute=service.requests_per_minute,
        tokens_per_minute=service.tokens_per_minute,
        calls_in_flight=service.calls_in_flight,
        call_limit_seconds=service.call_limit_seconds,
        models=tuple(models),
    )


def _traffic(service: Service, model: str, limit: Limit, places: Places) -> ModelTraffic:
    now, ceiling = deps().clock(), ceiling_of(service, limit)
    pace = rate(limit, ceiling, now)
    holders = [holder for holder in places.holders.values() if holder.until > now]
    return ModelTraffic(
        model=model,
        requests_per_minute=None if pace is None else round(pace),
        slowed=pace is not None and pace != ceiling.requests,
        pauses_until=limit.resumes_at if limit.resumes_at > now else None,
        held=sum(holder.held for holder in holders),
        wanted=sum(holder.wanted for holder in holders),
        waiting=sum(holder.wanted > holder.held for holder in holders),
    )
