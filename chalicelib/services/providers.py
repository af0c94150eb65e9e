"""Which models this Perch offers.

Clients look here when a survey names a model without its service; what is not listed they refuse
to build (client contract, G8). The list is made when the operator's table of services changes, so
that no request waits for a provider and the api function needs none of their keys.
"""

import json

from chalicelib.domain.object_keys import OFFERED_MODELS
from chalicelib.services.deps import deps
from chalicelib.storage.aws.files import MissingFileError
from chalicelib.storage.providers import models_of

TEST = {"test": ["test"]}
Offer = dict[str, list[str]]


def refresh_models() -> Offer:
    """Ask every service of the operator's table for its models and keep the answer."""
    offer = TEST | {service.name: models_of(service) for service in deps().service_table.services()}
    deps().files.write(OFFERED_MODELS, json.dumps(offer).encode())
    return offer


def offered_models() -> Offer:
    """Return the models by service, as they were last asked for."""
    try:
        offer: Offer = json.loads(deps().files.read(OFFERED_MODELS))
    except MissingFileError:
        return TEST
    return offer
