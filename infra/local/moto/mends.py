"""Where moto differs from AWS in ways that would fail Perch, mended at run time.

moto keeps data faithfully but was made for one caller at a time. Measured with moto 5.2.5: eight
threads of conditional transactions gave several winners for one key, lost updates and HTTP 500.
The mends: one request to DynamoDB at a time, and transactions that can be undone
(``dynamodb/transactions``); items put in only where there is none, many by one request
(``dynamodb/inserts``); reads of thousands of items in time (``dynamodb/queries``, ``batch_reads``,
``items``); what is the same for each request done once (``each_request``); queues that are safe among
threads, and fair (``queues``, ``fair_queues``); CloudFormation without the services that no template of
ours names (``lean_cloudformation``); e-mail, which nobody receives, from whatever sender the stage names;
and memory only of what is still there.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

from typing import Any

import moto.ses.models as ses_models
from moto.core.common_models import BaseModel

from infra.local.moto import each_request, fair_queues, lean_cloudformation, queues
from infra.local.moto.dynamodb import batch_reads, inserts, items, packed_items, queries, transactions

_applied = False


def apply() -> None:
    """Mend moto in this process, once; in-process mocks and the server alike."""
    global _applied  # noqa: PLW0603
    if _applied:
        return
    _applied = True
    lean_cloudformation.apply()
    _remember_no_instances()
    each_request.apply()
    transactions.apply()
    packed_items.apply()
    items.apply()
    queries.apply()
    inserts.apply()
    batch_reads.apply()
    queues.apply()
    fair_queues.apply()
    _vouch_for_every_sender()


def _remember_no_instances() -> None:
    """moto holds each item, object and message that it ever made, for a page that shows them all."""

    def new(cls: type[Any], *_: Any, **__: Any) -> Any:
        return object.__new__(cls)

    BaseModel.__new__ = new


def _vouch_for_every_sender() -> None:
    # SES refuses senders that nobody has verified; here there is nobody who could.
    def is_verified(_self: Any, _source: str) -> bool:
        return True

    ses_models.SESBackend._is_verified_address = is_verified
