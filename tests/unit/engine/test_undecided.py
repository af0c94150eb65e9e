"""An answer is an entry or kept, whatever becomes of the jail that was told it (P3)."""

import json
import threading

import pytest

from chalicelib.domain.runs.engine_port import RecordedResponse
from chalicelib.engine import undecided
from chalicelib.engine.undecided import Undecided

KEY = "0" * 64


def answer(index: int, text: str, number: int = 0) -> RecordedResponse:
    return RecordedResponse(index, KEY, number, {"text": text})


def output(text: str) -> str:
    return json.dumps({"text": text})


class Kept:
    """What had to be kept, and a way to wait for it."""

    def __init__(self) -> None:
        self.answers: list[RecordedResponse] = []
        self.came = threading.Event()

    def __call__(self, answers: list[RecordedResponse]) -> None:
        self.answers += answers
        self.came.set()


def test_a_valid_answer_is_kept_by_whoever_takes_it() -> None:
    kept = Kept()
    waiting = Undecided(kept)
    waiting.add(answer(0, "blue"))
    assert waiting.valid(0, output("blue")) == answer(0, "blue")
    assert waiting.valid(0, output("blue")) is None
    waiting.ended(0)
    waiting.close()
    assert kept.answers == []


def test_of_others_and_of_what_was_never_answered_nothing_is_taken() -> None:
    """The jail may say what it likes: its job may own it."""
    kept = Kept()
    waiting = Undecided(kept)
    waiting.add(answer(0, "blue"))
    assert waiting.valid(1, output("blue")) is None
    assert waiting.valid(0, output("red")) is None
    assert waiting.valid(0, "") is None
    waiting.close()
    assert kept.answers == [answer(0, "blue")]


def test_when_an_interview_has_its_row_the_rest_of_it_is_kept() -> None:
    kept = Kept()
    waiting = Undecided(kept)
    for made in (answer(0, "zzz"), answer(0, "blue", 1), answer(1, "red")):
        waiting.add(made)
    assert waiting.valid(0, output("blue")) == answer(0, "blue", 1)
    waiting.ended(0)
    assert kept.answers == [answer(0, "zzz")]
    waiting.close()
    assert kept.answers == [answer(0, "zzz"), answer(1, "red")]


def test_what_takes_long_is_kept_meanwhile_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undecided, "LONGEST_SECONDS", 0.05)
    kept = Kept()
    waiting = Undecided(kept)
    waiting.add(answer(0, "blue"))
    assert kept.came.wait(60)
    assert waiting.valid(0, output("blue")) is None
    waiting.ended(0)
    waiting.close()
    assert kept.answers == [answer(0, "blue")]
