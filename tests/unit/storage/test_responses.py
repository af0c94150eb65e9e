"""Answers that providers were paid for: kept at once, read back by whoever goes on."""

import os

from chalicelib.domain.runs.engine_port import RecordedResponse
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.slice import Slice
from tests.support.stage import Stage

WHOLE = Slice("job", 1, start=0, stop=100, origin=0)
NAMES = JobKeys("account", "job")


def answer(index: int, number: int = 0, text: str = "Hello") -> RecordedResponse:
    return RecordedResponse(index, "ab" * 32, number, {"choices": [{"text": text}]}, 1.5)


def kept(stage: Stage, part: Slice = WHOLE) -> list[RecordedResponse]:
    return list(stage.deps.responses.of(NAMES, part))


def keep(stage: Stage, *answers: RecordedResponse) -> None:
    stage.deps.responses.keep(NAMES, WHOLE, answers, expires_at=1_900_000_000)


def test_what_is_kept_is_read_back_in_order_and_once(stage: Stage) -> None:
    answers = [answer(index, number) for index in range(40) for number in (0, 1)]
    keep(stage, *reversed(answers))
    keep(stage, *answers[:3])
    assert kept(stage) == answers


def test_a_part_reads_what_was_opened_as_one_slice_with_it(stage: Stage) -> None:
    keep(stage, *(answer(index) for index in range(12)))
    part = Slice("job", 1, start=9, stop=11, origin=0)
    assert [found.index for found in kept(stage, part)] == list(range(12))
    assert kept(stage, Slice("job", 1, start=9, stop=11, origin=5)) == []
    assert kept(stage, Slice("job", 2, start=9, stop=11, origin=0)) == []


def test_an_answer_too_large_for_an_item_lies_in_a_file(stage: Stage) -> None:
    large = answer(3, text=os.urandom(400_000).hex())
    keep(stage, answer(2), large)
    assert kept(stage) == [answer(2), large]
