"""Where Bedrock is, and when it is asked as a role of AWS's instead of with a key."""

import re

from chalicelib.domain.providers.service import Service

NAME = "bedrock"
DEFAULT_REGION = "us-east-1"
"""edsl's own."""
OWN_ADDRESS = re.compile(r"https://bedrock(?:-runtime)?\.([a-z0-9-]+)\.amazonaws\.com/?")
NEEDS_KEY = (
    "The service 'bedrock' needs a key here: without one it is asked as a role of AWS's, "
    "which only a Perch on AWS has."
)


def own_region(service: Service) -> str | None:
    """Return the region whose own address a row has; None: it has a gateway's."""
    if service.url is None:
        return DEFAULT_REGION
    own = OWN_ADDRESS.fullmatch(service.url)
    return own[1] if own else None


def takes_role(service: Service) -> bool:
    """Tell whether a row is asked as a role: Bedrock at AWS's own address, without a key.

    A gateway gets no credentials of AWS's: what is signed for it could be passed on.
    """
    return service.name == NAME and not service.key and own_region(service) is not None


def control_address(service: Service) -> str:
    """Return where models are listed: at AWS beside the address that answers, at a gateway there."""
    region = own_region(service)
    if region is None:
        return str(service.url).rstrip("/")
    return f"https://bedrock.{region}.amazonaws.com"
