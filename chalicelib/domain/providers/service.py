"""The operator's services: where they are, how many calls they take at once, how long one takes.

A service on the operator's own machine may answer only a few at a time: more calls would not make
it faster, they would wait inside it and use up their interviews' time.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.limits import Ceiling, Limit


@dataclass(frozen=True)
class Credentials:
    """What Bedrock is asked with as a role of AWS's, for an hour at most."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)
    account: str
    """The number of the role's account, which AWS's errors quote."""


@dataclass(frozen=True)
class Service:
    """One row of the operator's table: where an inference service is and which key it takes.

    ``url`` None means the provider's own address. A job can name a service, never an address.
    """

    name: str
    url: str | None = None
    key: str | None = field(default=None, repr=False)
    calls_in_flight: int | None = None
    """At most so many calls of each model at once, from all workers together; None: nobody counts them."""
    seconds_per_call: float | None = None
    """How long one call is expected to take; None: as long as the stage says."""
    call_limit_seconds: float | None = None
    """So long one call may take before it is given up; None: as long as edsl has it, which is a minute."""
    requests_per_minute: int | None = None
    """Of each model, from all workers together; None: as ``ceiling_of`` has it."""
    tokens_per_minute: int | None = None
    credentials: Credentials | None = None
    """In the place of a key; never in the table."""


LONGEST_MODEL = 200
"""Characters of a model's name in the names of items: a job chooses it."""


@dataclass(frozen=True)
class ModelUse:
    """A model that a job asks for."""

    service: str
    model: str


USUAL = Ceiling(requests=1000, tokens=2_000_000)
"""edsl's own baseline (EDSL_SERVICE_RPM_BASELINE, EDSL_SERVICE_TPM_BASELINE), as in a local run."""

INTERVIEWS_PER_CALL = 4
"""Interviews in a slice for each call that its services take at once: such a slice keeps the
service busy, yet ends well within a function's time."""


def services_of(models: Iterable[Document]) -> frozenset[str]:
    """Return the names of the services that models belong to."""
    return frozenset(str(model.get("inference_service")) for model in models)


def ceiling_of(service: Service, limit: Limit) -> Ceiling:
    """Return how fast a model of a service may be asked: as the table says, else as its provider does.

    Where neither says anything it is edsl's own limit, and at an address of the operator's none: what stands
    there is his to limit.
    """
    usual = USUAL if service.url is None else Ceiling()
    return Ceiling(
        requests=service.requests_per_minute or limit.told_requests or usual.requests,
        tokens=service.tokens_per_minute or limit.told_tokens or usual.tokens,
    )


def service_limits(service: Service) -> tuple[int, int]:
    """Return the requests and tokens a minute that a service takes: as its row says, else as edsl does."""
    return (
        service.requests_per_minute or USUAL.requests or 0,
        service.tokens_per_minute or USUAL.tokens or 0,
    )


def calls_at_once(services: Iterable[Service], used: Collection[str], *, most: int) -> int:
    """Return the calls a worker may have in flight for a job that uses these services.

    Of a service that takes fewer, fewer are made; the others need not wait for it.
    """
    return min(most, max(_bounds(services, used, most), default=most))


def fewest_calls_at_once(services: Iterable[Service], used: Collection[str], *, most: int) -> int:
    """Return the calls that the one of some services takes at once which takes the fewest."""
    return min([most, *_bounds(services, used, most)])


def _bounds(services: Iterable[Service], used: Collection[str], most: int) -> list[int]:
    told = {service.name: service.calls_in_flight for service in services}
    return [told.get(name) or most for name in used]


def longest_call(service: Service | None, *, usual: float) -> float:
    """Return the seconds after which a call is given up, where one usually is after so many."""
    return (service.call_limit_seconds if service is not None else None) or usual


def longest_interview(services: Iterable[Service], used: Collection[str], *, usual: float) -> float:
    """Return the seconds that an interview may take whose client does not say: no call's time is above it."""
    limits = (service.call_limit_seconds or 0.0 for service in services if service.name in used)
    return max([usual, *limits])


def seconds_per_call(services: Iterable[Service], used: Collection[str], *, usual: float) -> float:
    """Return how long a call of a job is expected to take: as long as its slowest service's."""
    told = {service.name: service.seconds_per_call for service in services}
    return max((told.get(name) or usual for name in used), default=usual)
