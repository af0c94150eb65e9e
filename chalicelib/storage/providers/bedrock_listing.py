"""Bedrock's two lists: the models that a region has, and the profiles by which most of them are asked."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.bedrock import DEFAULT_REGION, NAME, control_address, own_region
from chalicelib.domain.providers.service import Service
from chalicelib.storage.providers.fetching import PAGES, page_at

MODELS = "/foundation-models"
PROFILES = "/inference-profiles"
PAGE_SIZE = "100"


def names_of(service: Service) -> Iterator[str]:
    """Yield the ids of models that say texts, and of the profiles that lead to such; raises what is met."""
    there = control_address(service)
    unfit = set()
    for model in _page(service, there + MODELS)["modelSummaries"]:
        if _is_fit(model):
            yield str(model["modelId"])
        else:
            unfit.add(str(model["modelId"]))
    for profile in _profiles(service, there):
        # ``arn:aws:bedrock:REGION::foundation-model/ID``, of each region that it leads to.
        leads_to = {model["modelArn"].rpartition("/")[2] for model in profile["models"]}
        if profile["status"] == "ACTIVE" and not leads_to & unfit:
            yield str(profile["inferenceProfileId"])


def _is_fit(model: Document) -> bool:
    return model["modelLifecycle"]["status"] == "ACTIVE" and "TEXT" in model["outputModalities"]


def _profiles(service: Service, there: str) -> Iterator[Document]:
    asked = {"maxResults": PAGE_SIZE}
    for _ in range(PAGES):
        page = _page(service, f"{there}{PROFILES}?{urlencode(asked, quote_via=quote, safe='')}")
        yield from page["inferenceProfileSummaries"]
        if not page.get("nextToken"):
            return
        asked["nextToken"] = page["nextToken"]


def _page(service: Service, address: str) -> Document:
    if service.credentials is None:
        return page_at(address, {"Authorization": f"Bearer {service.key}"} if service.key else {})
    held = service.credentials
    request = AWSRequest("GET", address)
    signing: Any = SigV4Auth(
        Credentials(held.access_key, held.secret_key, held.session_token),
        NAME,
        own_region(service) or DEFAULT_REGION,
    )
    signing.add_auth(request)
    return page_at(address, dict(request.headers.items()))
