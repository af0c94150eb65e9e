"""Which models this Perch offers.

Clients look here when a survey names a model without its service; what is not listed they refuse
to build (client contract, G8). The list is made each day, when the operator's table has changed, and when the
local stack starts, so that no request waits for a provider and the api function needs none of their keys.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from difflib import get_close_matches

from chalicelib.domain.errors import RoleRefusedError
from chalicelib.domain.json_types import Document
from chalicelib.domain.object_keys import OFFERED_MODELS
from chalicelib.domain.providers.bedrock import takes_role
from chalicelib.domain.providers.offer import NO_OFFER, Offer
from chalicelib.domain.providers.service import Service, service_limits
from chalicelib.logs.lines import logger_of
from chalicelib.services.deps import deps, engine
from chalicelib.storage.aws.clients import trouble_of
from chalicelib.storage.aws.files import MissingFileError
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.providers.listing import NotListedError, models_of
from chalicelib.storage.providers.table import CurrentTable

logger = logger_of("providers")

NEAREST = 5


def start_engine() -> None:
    """Have the engine import, without waiting for it, edsl and what the table's services are asked with."""
    names: list[str] = []
    trouble = trouble_of(lambda: names.extend(each.name for each in deps().service_table.services()))
    if trouble:
        logger.warning("The table of services could not be read", trouble=trouble)
    engine().start(names)


def with_credentials(services: Iterable[Service], used: Collection[str]) -> tuple[Service, ...]:
    """Return the services; those that are used, and asked as a role, with its credentials.

    Raises RoleRefusedError.
    """
    return tuple(
        replace(service, credentials=deps().bedrock_role.credentials(now=deps().clock()))
        if service.name in used and takes_role(service)
        else service
        for service in services
    )


def refresh_models() -> None:
    """Ask every service of the operator's table for its models and keep the answer."""
    _refresh(deps().service_table.current(), _kept())


def refresh_models_if_due() -> None:
    """Do so if the list is a day old, or the table has changed since it was made."""
    table, before = deps().service_table.current(), _kept()
    if before.is_due(table.version, deps().clock()):
        _refresh(table, before)


def _refresh(table: CurrentTable, before: Offer) -> None:
    """Make the list. A service that does not say keeps what it said before: it may be down for a moment."""
    models = dict(NO_OFFER.models)
    listed = in_parallel(_listed, table.services)
    for service, said in zip(table.services, listed, strict=True):
        models[service.name] = before.models.get(service.name, []) if said is None else said
    limits = {service.name: service_limits(service) for service in table.services}
    made = Offer(models, table.version, deps().clock(), limits)
    deps().files.write(OFFERED_MODELS, json.dumps(vars(made)).encode())


def _listed(service: Service) -> list[str] | None:
    listed: list[list[str]] = []
    try:
        trouble = trouble_of(lambda: listed.append(models_of(*with_credentials([service], [service.name]))))
    except (NotListedError, RoleRefusedError) as error:
        trouble = str(error)
    if trouble:
        logger.info(trouble)
    return listed[0] if listed else None


def _kept() -> Offer:
    try:
        kept: Document = json.loads(deps().files.read(OFFERED_MODELS))
    except MissingFileError:
        return NO_OFFER
    return Offer(**kept)


def nearest_models(service: str, name: str) -> list[str]:
    """Return models of a service whose names are like one that it has not, the nearest first."""
    return get_close_matches(name, offered_models().get(service, []), n=NEAREST, cutoff=0.5)


def offered_models() -> dict[str, list[str]]:
    """Return the models by service, as they were last asked for."""
    return dict(_kept().models)


def offered_limits() -> dict[str, tuple[int, int]]:
    """Return the requests and tokens a minute that services take, as of when models were last asked for."""
    return {name: (requests, tokens) for name, (requests, tokens) in _kept().limits.items()}
