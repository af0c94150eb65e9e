"""Which of an account's keys its jobs use, and the keys themselves, for those who run them."""

from dataclasses import dataclass, field

from chalicelib.domain.plans.plan import Plan
from chalicelib.domain.providers.account_keys import ProviderKey, UsableKey, sources_among, usable_keys
from chalicelib.domain.providers.asked import brought_services
from chalicelib.domain.providers.key_source import GONE, NOT_OPENED, KeySource, with_sources
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.advice import advice_on
from chalicelib.domain.runs.run import Run
from chalicelib.logs.lines import logger_of
from chalicelib.services.deps import deps
from chalicelib.storage.vault.sealing import NotOpenedError

logger = logger_of("vault")


@dataclass(frozen=True)
class RunServices:
    """What a run's workers ask with."""

    services: tuple[Service, ...] = field(repr=False)
    """Without those of ``gone``."""
    gone: dict[str, str]
    """Why services cannot be asked, by their names: their keys are not there any more."""
    own: frozenset[str] = frozenset()
    """Services that are asked with accounts' keys, those of ``gone`` among them."""


def usable_of(account_id: str) -> list[UsableKey]:
    """Return the keys that an account's jobs may use now, the first of them first."""
    found = deps().vault.contents(account_id)
    shared = deps().vault.keys_of(found.lent) if found.lent else {}
    return usable_keys(account_id, found.keys, [(lent, shared.get(lent.key_id)) for lent in found.lent])


def sources_of(account_id: str, plan: Plan) -> tuple[KeySource, ...]:
    """Return the keys that a run of a planned job is to use: for each service that it names, the first."""
    asked = plan.services | brought_services(plan.survey)
    return tuple(source for source in sources_among(usable_of(account_id)) if source.service in asked)


def run_services(account_id: str, run: Run | None) -> RunServices:
    """Return the services that a run of an account's asks, with the keys of its sources that are still there.

    A passing trouble of AWS's is raised as it is.
    """
    services = deps().service_table.services()
    sources = run.key_sources if run is not None else ()
    if not sources:
        return RunServices(services, {})
    usable = {each.key.key_id: each.key for each in usable_of(account_id)}
    keys: dict[str, str] = {}
    gone: dict[str, str] = {}
    for source in sources:
        key = usable.get(source.key_id)
        if key is None:
            gone[source.service] = GONE.format(source.label, source.service)
        elif source.key_id not in keys:
            try:
                keys[source.key_id] = opened(key)
                _note_use(key)
            except NotOpenedError as error:
                logger.warning("A key of the vault cannot be opened", key_id=key.key_id, trouble=str(error))
                gone[source.service] = NOT_OPENED.format(source.label, source.service)
    own = frozenset(source.service for source in sources)
    return RunServices(with_sources(services, sources, keys), gone, own)


def note_failures(account_id: str, run: Run) -> None:
    """Write down which keys were refused in a run that has ended: once a run, and in our own words only.

    What an exception says may be the job's, and a key's owner need not be the one who sent that.
    """
    if not run.key_sources or not run.exceptions:
        return
    keys = {each.key.key_id: each.key for each in usable_of(account_id)}
    for source in run.key_sources:
        told = (
            advice_on(met.exception_type, met.message)
            for met in run.exceptions
            if met.service == source.service
        )
        failure = next((advice.cause for advice in told if advice.own_key), "")
        if failure and source.key_id in keys:
            deps().vault.note_failure(keys[source.key_id], at=deps().clock(), failure=failure)


def bound_to(key_id: str, service: str) -> str:
    """Return what a sealed key is bound to."""
    return f"{key_id}\n{service}"


def opened(key: ProviderKey) -> str:
    """Return a key itself. Raises NotOpenedError; a passing trouble of AWS's is raised as it is."""
    about = bound_to(key.key_id, key.service)
    return deps().sealer.open(key.sealed, account_id=key.account_id, about=about)


def _note_use(key: ProviderKey) -> None:
    now = deps().clock()
    if key.use_is_old(now):
        deps().vault.note_use(key, at=now)
