"""Which models this Perch offers.

Clients look here when a survey names a model without its service; what is not listed they refuse
to build (client contract, G8). The list is made each day, and when the local stack starts, so that no
request waits for a provider and the api function needs none of their keys.
"""

import json
from difflib import get_close_matches

from aws_lambda_powertools import Logger

from chalicelib.domain.object_keys import OFFERED_LIMITS, OFFERED_MODELS
from chalicelib.domain.providers.service import Service, service_limits
from chalicelib.services.deps import deps, engine
from chalicelib.storage.aws.clients import trouble_of
from chalicelib.storage.aws.files import MissingFileError
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.providers.listing import NotListedError, models_of

logger = Logger(service="providers", child=True)

NEAREST = 5
TEST = {"test": ["test"]}
Offer = dict[str, list[str]]


def start_engine() -> None:
    """Have the engine import, without waiting for it, edsl and what the table's services are asked with."""
    names: list[str] = []
    trouble = trouble_of(lambda: names.extend(each.name for each in deps().service_table.services()))
    if trouble:
        logger.warning("The table of services could not be read", trouble=trouble)
    engine().start(names)


def refresh_models() -> Offer:
    """Ask every service of the operator's table for its models and keep the answer.

    A service that does not say keeps the models that it said before: it may be down for a moment.
    """
    before = offered_models()
    services = deps().service_table.services()
    listed = in_parallel(_listed, services)
    offer = dict(TEST)
    for service, models in zip(services, listed, strict=True):
        offer[service.name] = before.get(service.name, []) if models is None else models
    deps().files.write(OFFERED_MODELS, json.dumps(offer).encode())
    limits = {service.name: service_limits(service) for service in services}
    deps().files.write(OFFERED_LIMITS, json.dumps(limits).encode())
    return offer


def _listed(service: Service) -> list[str] | None:
    try:
        return models_of(service)
    except NotListedError as error:
        logger.info(str(error))
        return None


def nearest_models(service: str, name: str) -> list[str]:
    """Return models of a service whose names are like one that it has not, the nearest first."""
    return get_close_matches(name, offered_models().get(service, []), n=NEAREST, cutoff=0.5)


def offered_models() -> Offer:
    """Return the models by service, as they were last asked for."""
    try:
        offer: Offer = json.loads(deps().files.read(OFFERED_MODELS))
    except MissingFileError:
        return TEST
    return offer


def offered_limits() -> dict[str, tuple[int, int]]:
    """Return the requests and tokens a minute that services take, as of when models were last asked for."""
    try:
        limits: dict[str, tuple[int, int]] = json.loads(deps().files.read(OFFERED_LIMITS))
    except MissingFileError:
        return {}
    return limits
