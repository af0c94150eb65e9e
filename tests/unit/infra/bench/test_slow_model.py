"""The slow model answers like OpenAI and counts what it has before it."""

import threading

import pytest
import requests

from infra.bench.slow_model import SlowModel
from tests.journey.stack import WAIT_SECONDS

pytestmark = pytest.mark.enable_socket


def test_prompts_are_counted_and_answered_side_by_side():
    with SlowModel(3.0) as model:
        answers = []

        def ask():
            body = {"model": "m", "messages": [{"role": "user", "content": "Why?"}]}
            answers.append(
                requests.post(f"{model.address}/v1/chat/completions", json=body, timeout=WAIT_SECONDS)
            )

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(answer.json()["choices"][0]["message"]["content"] for answer in answers)
        assert model.counts() == {"prompts": 8, "in_flight": 0, "most_in_flight": 8}
        assert model.counts()["prompts"] == 0
