"""What moto does anew for each request though it comes out the same, or nobody asks for it.

Measured with moto 5.2.5: an identifier of 52 letters that are chosen one by one, names of actions and
attributes spelled letter by letter, all attributes of a service's handler looked through, and DynamoDB's
JSON read as if it were a form.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import secrets
from functools import cache
from typing import Any

import moto.sqs.models as sqs_models
from moto.core import responses
from moto.dynamodb.responses import DynamoHandler

IDENTIFIER_BYTES = 26
"""As hexadecimal digits as long as AWS's own."""


def apply() -> None:
    """Mend moto in this process; ``mends.apply`` calls it once."""
    responses.method_names_from_class = cache(responses.method_names_from_class)
    for module in (responses, sqs_models):
        module.camelcase_to_underscores = cache(module.camelcase_to_underscores)
    responses.gen_amzn_requestid_long = _identified
    DynamoHandler.use_raw_body = True
    _find_the_backend_once()


def _identified(headers: dict[str, Any] | None = None) -> str:
    identifier = secrets.token_hex(IDENTIFIER_BYTES).upper()
    if headers is not None:
        headers["x-amzn-requestid"] = identifier
    return identifier


def _find_the_backend_once() -> None:
    """A handler is one request's; moto looks for the tables of its account and region once an item."""
    original = DynamoHandler.dynamodb_backend.fget

    def dynamodb_backend(self: Any) -> Any:
        held = vars(self)
        if "found_backend" not in held:
            held["found_backend"] = original(self)
        return held["found_backend"]

    DynamoHandler.dynamodb_backend = property(dynamodb_backend)
