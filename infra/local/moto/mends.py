"""Where moto differs from AWS in ways that would fail Perch, mended at run time.

moto keeps data faithfully but was made for one caller at a time. Measured with moto 5.2.5: eight
threads of conditional transactions gave several winners for one key, lost updates and HTTP 500.
The mends: one request to DynamoDB at a time; transactions that snapshot only the items they touch
instead of copying whole tables; items put in only where there is none, many by one request
(``inserts``); reads of thousands of items in time (``queries``, ``batch_reads``, ``items``); what is the
same for each request done once (``each_request``);
queues whose messages are given out, held and deleted under their lock, with a clock that costs little;
CloudFormation without the services that no template of ours names (``lean_cloudformation``); and e-mail,
which nobody receives, from whatever sender the stage names; and memory only of what is still there.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import copy
import math
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import moto.dynamodb.models as dynamodb_models
import moto.ses.models as ses_models
import moto.sqs.models as sqs_models
from moto.core.common_models import BaseModel
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from infra.local.moto import (
    batch_reads,
    each_request,
    fair_queues,
    inserts,
    items,
    lean_cloudformation,
    packed_items,
    queries,
)
from infra.local.moto.dynamodb_lock import dynamodb_lock

_MISSING = object()
JUST_NOW = 50.0
"""Milliseconds: what became visible since may not have been looked at."""
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
    _serve_dynamodb_one_request_at_a_time()
    _snapshot_only_touched_items()
    packed_items.apply()
    items.apply()
    queries.apply()
    inserts.apply()
    batch_reads.apply()
    _make_queues_thread_safe()
    _make_the_queue_clock_cheap()
    fair_queues.apply()
    _vouch_for_every_sender()


def _remember_no_instances() -> None:
    """moto holds each item, object and message that it ever made, for a page that shows them all."""

    def new(cls: type[Any], *_: Any, **__: Any) -> Any:
        return object.__new__(cls)

    BaseModel.__new__ = new


def _serve_dynamodb_one_request_at_a_time() -> None:
    original = DynamoHandler.call_action

    def call_action(self: Any) -> Any:
        with dynamodb_lock:
            try:
                return original(self)
            finally:
                packed_items.put_away(self._get_action())

    DynamoHandler.call_action = call_action


def _snapshot_only_touched_items() -> None:
    backend = dynamodb_models.DynamoDBBackend
    original = backend.transact_write_items
    # moto's own rollback puts back the copies of tables that it made: let a table be its own copy.
    dynamodb_models.copy = SimpleNamespace(
        deepcopy=lambda value: value if isinstance(value, Table) else copy.deepcopy(value)
    )

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        with dynamodb_lock:
            before = _snapshot(self, transact_items)
            try:
                original(self, transact_items)
            except BaseException:
                for restore in before:
                    restore()
                raise

    backend.transact_write_items = transact_write_items


def _snapshot(backend: Any, transact_items: list[dict[str, Any]]) -> list[Callable[[], None]]:
    """Return, for each item that a transaction names, a call that puts it back as it is now."""
    restores = []
    for entry in transact_items:
        operation = next(iter(entry.values()))
        table = backend.tables.get(str(operation.get("TableName", "")).rpartition("/")[2])
        key = operation.get("Key") or operation.get("Item") or {}
        if table is not None and table.hash_key_attr in key:
            restores.append(_restore_of(table, key))
    return restores


def _restore_of(table: Any, key: dict[str, Any]) -> Callable[[], None]:
    hash_key = DynamoType(key[table.hash_key_attr])
    range_name = table.range_key_attr
    if range_name is None:
        return _restore_in(table.items, hash_key)
    if range_name not in key:
        return lambda: None  # refused by moto before anything is written
    range_key = DynamoType(key[range_name])
    # A partition that does not exist yet springs up when it is looked at, as moto's own reads do.
    return _restore_in(table.items[hash_key], range_key)


def _restore_in(items: dict[Any, Any], key: Any) -> Callable[[], None]:
    before = copy.deepcopy(items.get(key, _MISSING)) if key in items else _MISSING

    def restore() -> None:
        if before is _MISSING:
            items.pop(key, None)
        else:
            items[key] = before

    return restore


def _make_queues_thread_safe() -> None:
    """Give out, delete and hold messages under the queue's own lock.

    Unlocked, two receivers get one message, and a deletion that rebuilds the list of messages
    loses one that is sent meanwhile. Waiting for messages releases the lock, however often held, and
    ends when one becomes visible by itself, too.
    """
    original_receive = sqs_models.SQSBackend.receive_message
    original_delete = sqs_models.Queue.delete_message

    def receive_message(self: Any, queue_name: str, *positional: Any, **named: Any) -> Any:
        with self.get_queue(queue_name)._messages_lock:
            return original_receive(self, queue_name, *positional, **named)

    def delete_message(self: Any, receipt_handle: str) -> None:
        with self._messages_lock:
            original_delete(self, receipt_handle)
            self._messages_lock.notify_all()  # another of its group may be given out now

    original_change = sqs_models.SQSBackend.change_message_visibility

    def change_message_visibility(self: Any, queue_name: str, *positional: Any, **named: Any) -> None:
        lock = self.get_queue(queue_name)._messages_lock
        with lock:
            original_change(self, queue_name, *positional, **named)
            lock.notify_all()  # it may be visible at once

    def wait_for_messages(self: Any, timeout: float) -> None:
        with self._messages_lock:
            now = time.time() * 1000
            appear = [max(message.visible_at, message.delayed_until) for message in self._messages]
            # Those that have long been visible and are not given out wait for another of their group.
            appear = [moment for moment in appear if moment > now - JUST_NOW]
            seconds = (min(appear, default=math.inf) - now) / 1000
            # A message is visible after its moment, not at it.
            self._messages_lock.wait(max(0.001, min(timeout, seconds + 0.002)))

    sqs_models.SQSBackend.change_message_visibility = change_message_visibility
    sqs_models.Queue.wait_for_messages = wait_for_messages
    sqs_models.SQSBackend.receive_message = receive_message
    sqs_models.Queue.delete_message = delete_message


def _make_the_queue_clock_cheap() -> None:
    """Each send asks every waiting message for its age; building two datetimes an answer is too dear."""
    sqs_models.unix_time = time.time
    sqs_models.unix_time_millis = lambda: time.time() * 1000.0


def _vouch_for_every_sender() -> None:
    # SES refuses senders that nobody has verified; here there is nobody who could.
    def is_verified(_self: Any, _source: str) -> bool:
        return True

    ses_models.SESBackend._is_verified_address = is_verified
