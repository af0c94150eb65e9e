"""What most journeys start from: a stack with two accounts, and a provider. A module may have its own."""

from collections.abc import Iterator

import pytest

from tests.journey.client import ByHand
from tests.journey.stack import LocalStack
from tests.support.answers import answer
from tests.support.fake_openai import FakeOpenAI


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=answer, key="sk-house", models=("gpt-4o",)) as started:
        yield started


@pytest.fixture(scope="module")
def stack(provider: FakeOpenAI) -> Iterator[LocalStack]:
    with LocalStack(
        accounts=["ada@example.com=key-ada:100", "eve@example.com=key-eve"],
        services=[f"openai={provider.url}=sk-house"],
    ) as started:
        yield started


@pytest.fixture
def ada(stack: LocalStack) -> ByHand:
    return ByHand(stack.url, "key-ada")


@pytest.fixture
def eve(stack: LocalStack) -> ByHand:
    return ByHand(stack.url, "key-eve")
