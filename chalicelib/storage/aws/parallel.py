"""Several requests to AWS at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from chalicelib.storage.aws.clients import dynamodb, plain_dynamodb, s3

Thing = TypeVar("Thing")
Result = TypeVar("Result")
AT_ONCE = 8
"""Fewer than the connections that boto3 keeps open (10)."""


def in_parallel(work: Callable[[Thing], Result], things: Sequence[Thing]) -> list[Result]:
    """Do the same to several things at once, in threads; return what came of each, in their order.

    The first failure is raised once all that began has ended; one thing alone takes no thread.
    """
    if len(things) < 2:  # noqa: PLR2004 - one thing alone
        return [work(thing) for thing in things]
    dynamodb(), plain_dynamodb(), s3()  # boto3 makes its clients in one thread only
    with ThreadPoolExecutor(min(AT_ONCE, len(things))) as pool:
        return list(pool.map(work, things))
