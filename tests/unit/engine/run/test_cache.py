"""The account's cache in a slice: looked up in bulk, used where it answers, filled with valid answers."""

import itertools
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from edsl import Survey
from edsl.caching import CacheEntry as EdslEntry
from edsl.questions.question_registry import get_question_class

from chalicelib.domain.errors import EngineError
from chalicelib.domain.json_types import Document
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import FoundEntry, SliceOrder, ValidAnswer
from chalicelib.engine.engine import Engine
from tests.support.fake_openai import FakeOpenAI
from tests.support.shapes import choice, free, says, two
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import document, order
from tests.unit.engine.run.test_journal import (
    chained_job,
    kill_children,
    killed_after,
    own_threads,
    paid_job,
    table,
)

BOTH = {"reads_cache": True, "fills_cache": True}


@pytest.fixture
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=lambda prompt: f"<{prompt}>") as started:
        yield started


def run(engine: Engine, asked: SliceOrder, store: ListSliceStore) -> list[InterviewRow]:
    return sorted(engine.run(asked, store), key=lambda row: row.index)


def many(*questions: Any, interviews: int) -> Document:
    return {**paid_job(*questions), "scenarios": [{"x": number} for number in range(interviews)]}


def numbered(questions: int) -> list[Any]:
    return [free(f"q{number}", f"{number}: {{{{ scenario.x }}}}?") for number in range(questions)]


def used(row: InterviewRow) -> list[bool]:
    flags: Mapping[str, bool] = row.row["cache_used_dict"]
    return list(flags.values())


def test_a_rerun_makes_no_call(engine: Engine, provider: FakeOpenAI) -> None:
    store = ListSliceStore()
    asked = order(many(*numbered(4), interviews=25), 25, services=table(provider), **BOTH)
    began = int(time.time())
    first = run(engine, asked, store)
    assert len(provider.asked) == len(store.added) == 100
    assert [row.retrieved for row in first] == [()] * 25
    assert all(used(row) == [False] * 4 for row in first)
    assert {new.index for new in store.added} == set(range(25))
    for new in store.added:
        assert (new.entry.service, new.entry.validated, new.entry.variant) == ("openai", True, "")
        assert began <= new.entry.timestamp <= time.time()
        assert not new.corrects
    again = run(engine, asked, store)
    assert len(provider.asked) == len(store.added) == len(store.paid) == 100
    for row, before in zip(again, first, strict=True):
        assert used(row) == [True] * 4
        assert row.row["answer"] == before.row["answer"]
        assert row.row["raw_model_response"] == before.row["raw_model_response"]
        assert sorted(row.retrieved) == sorted(row.row["cache_keys"].values())


def test_known_prompts_are_looked_up_in_bulk(engine: Engine) -> None:
    store = ListSliceStore()
    job = document(says_all(4))
    job["scenarios"] = [{"x": number} for number in range(250)]
    rows = run(engine, order(job, 250, calls_in_flight=250, **BOTH), store)
    assert all(row.good for row in rows)
    assert sum(map(len, store.finds)) == len(set(itertools.chain(*store.finds))) == 1000
    assert len(store.finds) <= 3 * 10
    assert max(map(len, store.finds)) <= 100
    store.finds.clear()
    assert all(used(row) == [True] * 4 for row in run(engine, order(job, 250, **BOTH), store))
    assert len(store.finds) <= 3 * 10


def says_all(questions: int) -> Any:
    return Survey(numbered(questions)).by(says())


def test_dependent_prompts_cost_one_lookup_each_at_most(engine: Engine, provider: FakeOpenAI) -> None:
    store = ListSliceStore()
    asked = order(chained_job(20), 20, services=table(provider), **BOTH)
    for _ in range(2):
        store.finds.clear()
        run(engine, asked, store)
        assert sum(map(len, store.finds)) == 60
        assert len(store.finds) <= 1 + 40
    assert len(provider.asked) == 60


def test_nothing_is_looked_up_or_added_unless_the_order_says_so(engine: Engine, provider: FakeOpenAI) -> None:
    job = chained_job()
    store = ListSliceStore()
    run(engine, order(job, services=table(provider), fills_cache=True), store)
    assert (len(store.added), store.finds) == (3, [])
    run(engine, order(job, services=table(provider), fills_cache=True), store)
    assert (len(store.added), store.finds, len(provider.asked)) == (6, [], 6)
    run(engine, order(job, services=table(provider)), store)
    assert (len(store.added), store.finds, len(provider.asked)) == (6, [], 9)
    (row,) = run(engine, order(job, services=table(provider), reads_cache=True), store)
    assert (len(store.added), len(store.finds), len(provider.asked)) == (6, 3, 9)
    assert len(row.retrieved) == 3


def test_answers_of_an_earlier_attempt_come_first_and_are_added(engine: Engine, provider: FakeOpenAI) -> None:
    """An answer that was paid for is one that was paid for, whatever the cache has by now."""
    store = ListSliceStore()
    asked = order(chained_job(2), 2, services=table(provider), **BOTH)
    run(engine, asked, store)
    added = {(new.index, new.entry.key) for new in store.added}
    store.finds.clear()
    store.added.clear()
    rows = run(engine, replace(asked, answers=tuple(store.paid)), store)
    assert [used(row) for row in rows] == [[False] * 3] * 2
    assert {(new.index, new.entry.key) for new in store.added} == added
    assert len(provider.asked) == 6
    assert [row.retrieved for row in rows] == [(), ()]


@pytest.mark.parametrize(
    "output",
    [
        "",
        "not json",
        "5",
        "null",
        "[]",
        "{}",
        '{"choices": []}',
        '{"candidates": [{"content": {"parts": []}}]}',
        json.dumps({"choices": [{"message": {"content": "zzz"}}], "usage": {}}),
        json.dumps(
            {
                "choices": [{"message": {"content": "zzz"}}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        ),
    ],
)
def test_a_bad_entry_is_taken_for_none_and_corrected(
    engine: Engine, provider: FakeOpenAI, output: str
) -> None:
    provider.answer = lambda _: "blue"
    job = {**paid_job(choice("pick", "Which?", ("red", "blue"))), "scenarios": [{"x": 1}, {"x": 2}]}
    asked = order(job, 2, services=table(provider), calls_in_flight=2, **BOTH)
    store = ListSliceStore()
    (clean, _) = run(engine, asked, store)
    (new,) = store.added
    store = ListSliceStore([replace(new.entry, output=output)])
    rows = run(engine, asked, store)
    assert len(provider.asked) == 2
    assert [row.row["answer"]["pick"] for row in rows] == ["blue", "blue"]
    assert sorted(map(used, rows)) == [[False], [True]]
    assert [row.retrieved for row in rows] == [(), ()]
    assert all(row.good for row in rows)
    ((added,), keys) = (store.added, set(store.entries))
    assert added.corrects
    assert keys == {added.entry.key}
    assert json.loads(added.entry.output)["choices"] == json.loads(new.entry.output)["choices"]
    (asked_row,) = [row for row in rows if used(row) == [False]]
    for part in ("answer", "generated_tokens", "validated_dict", "comments_dict"):
        assert asked_row.row.get(part) == clean.row.get(part)


def test_an_entry_that_asked_something_else_is_not_used(engine: Engine, provider: FakeOpenAI) -> None:
    """The key joins its fields without a separator: another split has the same one."""
    asked = order(paid_job(free("a", "Hello?")), services=table(provider), **BOTH)
    store = ListSliceStore()
    run(engine, asked, store)
    entry = store.added[0].entry
    moved = replace(
        entry,
        system_prompt=entry.system_prompt + entry.user_prompt[:3],
        user_prompt=entry.user_prompt[3:],
        output=json.dumps({"stolen": True}),
    )
    assert moved.key == entry.key
    for wrong in (moved, replace(entry, service="azure"), replace(entry, variant="x")):
        store = ListSliceStore([wrong])
        (row,) = run(engine, asked, store)
        assert used(row) == [False]
        assert row.retrieved == ()
        assert [new.corrects for new in store.added] == [True]
    calls = len(provider.asked)
    for good in (replace(entry, service=None), replace(entry, validated=False, timestamp=0)):
        (row,) = run(engine, asked, ListSliceStore([good]))
        assert used(row) == [True]
    assert len(provider.asked) == calls


def test_the_test_models_answers_are_told_apart(engine: Engine) -> None:
    """Their key leaves out the canned response."""
    store = ListSliceStore()
    jobs = [document(free("a", "Hello?").by(says(said))) for said in ("one", {"a": "two"}, {"a": "one"})]
    answers = []
    for job in jobs:
        (row,) = run(engine, order(job, **BOTH), store)
        answers.append((row.row["answer"]["a"], used(row), [new.corrects for new in store.added]))
        store.added.clear()
    assert answers == [("one", [False], [False]), ("two", [False], [True]), ("one", [False], [True])]
    (row,) = run(engine, order(jobs[0], **BOTH), store)
    assert used(row) == [True]


def test_two_test_models_in_one_slice_keep_their_own_answers(engine: Engine) -> None:
    first, second = two("one", "two")
    job = document(free("a", "Hello?").by([first, second]))
    for model in job["models"]:
        model["parameters"]["temperature"] = 0.5
    job["scenarios"] = [{"x": number} for number in range(5)]
    store = ListSliceStore()
    rows = run(engine, order(job, 10, **BOTH), store)
    assert [row.row["answer"]["a"] for row in rows] == ["one", "two"] * 5
    assert len({new.entry.key for new in store.added}) == 1


def test_an_answer_that_is_not_valid_is_not_added(engine: Engine, provider: FakeOpenAI) -> None:
    said = iter(["zzz", "blue"])
    provider.answer = lambda _: next(said)
    store = ListSliceStore()
    asked = order(paid_job(choice("pick", "Which?", ("red", "blue"))), services=table(provider), **BOTH)
    run(engine, asked, store)
    assert len(store.paid) == 2
    (new,) = store.added
    assert "blue" in new.entry.output
    provider.answer = lambda _: "zzz"
    store = ListSliceStore()
    (row,) = run(engine, asked, store)
    assert not row.good
    assert store.added == []


def test_a_conversation_is_added_and_found_call_by_call(engine: Engine, provider: FakeOpenAI) -> None:
    question = get_question_class("interview")(
        question_name="talk", question_text="Why?", interview_guide="Ask on.", max_turns=3
    )
    job = {**paid_job(question), "agents": [{"traits": {"age": 41}}]}
    store = ListSliceStore()
    asked = order(job, services=table(provider), **BOTH)
    (first,) = run(engine, asked, store)
    assert len(provider.asked) == len(store.added) == len(store.finds) == 6
    (again,) = run(engine, asked, store)
    assert len(provider.asked) == 6
    assert len(again.retrieved) == 6
    assert again.row["answer"] == first.row["answer"]
    half = ListSliceStore([new.entry for new in store.added[:3]])
    (row,) = run(engine, asked, half)
    assert len(provider.asked) == 6 + 3
    assert (len(row.retrieved), len(half.added)) == (3, 3)


def test_ten_conversations_alike_are_one(engine: Engine, provider: FakeOpenAI) -> None:
    question = get_question_class("interview")(
        question_name="talk", question_text="Why?", interview_guide="Ask on.", max_turns=2
    )
    job = {**paid_job(question), "agents": [{"traits": {"age": 41}}]}
    job["scenarios"] = [{"x": number} for number in range(10)]
    provider.delay = 0.05
    rows = run(engine, order(job, 10, services=table(provider), calls_in_flight=4), ListSliceStore())
    assert len(provider.asked) == 4
    assert len({str(row.row["answer"]) for row in rows}) == 1
    assert all(row.good for row in rows)


@pytest.mark.parametrize("text", ["Ünï ☃ 漢字 \u2028?", "quotes \"' and \\ and {}?", "x" * 5000])
def test_keys_are_edsls_own(engine: Engine, provider: FakeOpenAI, text: str) -> None:
    job = paid_job(free("a", text.replace("{}", "")))
    job["models"][0]["parameters"] = {"temperature": 0.25, "max_tokens": 7}
    store = ListSliceStore()
    rows = run(engine, order(job, 3, iterations=3, services=table(provider), **BOTH), store)
    assert len({new.entry.key for new in store.added}) == len(provider.asked) == 3
    for row, new in zip(rows, sorted(store.added, key=lambda new: new.index), strict=True):
        entry = EdslEntry.from_dict(new.entry.document())
        assert row.row["cache_keys"] == {"a": entry.key}
        assert entry.key == new.entry.key
        assert entry.iteration == row.index
    assert sorted(itertools.chain(*store.finds)) == sorted(store.entries)
    assert len(store.finds) == 1


def test_files_count_in_the_key(engine: Engine, provider: FakeOpenAI) -> None:
    job = paid_job(free("a", "What is in {{ scenario.file }}?"))
    job["scenarios"] = [{"file": file_of(content)} for content in ("b25l", "dHdv", "b25l")]
    store = ListSliceStore()
    rows = run(engine, order(job, 3, services=table(provider), **BOTH), store)
    assert all(row.good for row in rows), [row.exceptions for row in rows]
    keys = [row.row["cache_keys"]["a"] for row in rows]
    assert keys[0] == keys[2] != keys[1]
    assert {new.entry.key for new in store.added} == set(itertools.chain(*store.finds)) == set(keys)
    assert len(provider.asked) == len(store.finds[0]) == 2
    assert len(store.finds) == 1


def test_a_hash_that_was_typed_is_no_file(engine: Engine, provider: FakeOpenAI) -> None:
    """Key and fields are the same; what decides is what the file holds."""
    with_file = paid_job(free("a", "What is in {{ scenario.file }}?"))
    with_file["scenarios"] = [{"file": file_of("b25l")}]
    store = ListSliceStore()
    run(engine, order(with_file, services=table(provider), **BOTH), store)
    (honest,) = (new.entry for new in store.added)
    typed = paid_job(free("a", honest.user_prompt))
    store = ListSliceStore()
    run(engine, order(typed, services=table(provider), **BOTH), store)
    (forged,) = (new.entry for new in store.added)
    assert (forged.key, forged.user_prompt) == (honest.key, honest.user_prompt)
    for entry, taken in ((forged, False), (honest, True), (replace(honest, variant=None), True)):
        (row,) = run(engine, order(with_file, services=table(provider), **BOTH), ListSliceStore([entry]))
        assert used(row) == [taken]


def file_of(content: str) -> Document:
    return {
        "path": "notes.txt",
        "base64_string": content,
        "binary": False,
        "suffix": "txt",
        "mime_type": "text/plain",
        "external_locations": {},
        "extracted_text": content,
        "edsl_class_name": "FileStore",
    }


def test_what_the_cache_has_needs_no_time_for_a_model(engine: Engine, provider: FakeOpenAI) -> None:
    """No call would end in time any more: what is known is answered, what is not is left."""
    provider.delay = 2.7
    store = ListSliceStore()
    job = many(free("a", "{{ scenario.x }}?"), free("b", "{{ a.answer }}?"), interviews=2)
    run(engine, order(job, 2, services=table(provider), **BOTH), store)
    asked = order(job, 2, services=table(provider), seconds=5.0, **BOTH)
    second = {new.entry.key: new.entry for new in store.added if new.entry.user_prompt.startswith("<")}
    known = ListSliceStore(second.values())
    rows = run(engine, asked, known)
    assert [used(row) for row in rows] == [[False, True]] * 2


def test_slow_lookups_are_nobodys_slowness(engine: Engine, provider: FakeOpenAI) -> None:
    class SlowSliceStore(ListSliceStore):
        def find(self, keys: Sequence[str]) -> Mapping[str, FoundEntry]:
            time.sleep(3.0)
            return super().find(keys)

    store = SlowSliceStore()
    job = many(free("a", "{{ scenario.x }}?"), free("b", "{{ a.answer }}?"), interviews=3)
    asked = order(job, 3, services=table(provider), interview_seconds=2.5, **BOTH)
    assert all(row.good for row in run(engine, asked, store))
    assert all(row.good for row in run(engine, asked, store))
    assert len(provider.asked) == 6


def test_slow_adding_delays_neither_keeping_nor_finding(engine: Engine, provider: FakeOpenAI) -> None:
    """Nothing is added before all has come."""
    all_came = threading.Event()

    class SlowSliceStore(ListSliceStore):
        def add(self, answers: Sequence[ValidAnswer]) -> None:
            assert len(answers) <= 25
            assert all_came.wait(240)
            super().add(answers)

    store = SlowSliceStore()
    rows = []
    for row in engine.run(order(chained_job(4), 4, services=table(provider), **BOTH), store):
        rows.append(row)
        if len(rows) == 4:
            all_came.set()
    assert all(row.good for row in rows)
    assert len(store.added) == 12  # before the iterator has ended


@pytest.mark.parametrize("name", ["find", "add"])
def test_a_memory_that_fails_ends_the_run(engine: Engine, provider: FakeOpenAI, name: str) -> None:
    class BrokenError(BaseException):
        """Even what is no Exception."""

    def fail(_: object) -> None:
        raise BrokenError

    store = ListSliceStore()
    setattr(store, name, fail)
    before = own_threads()
    with provider.holding(after=1), pytest.raises(BrokenError):
        run(engine, order(chained_job(), services=table(provider), **BOTH), store)
    assert own_threads() == before


def test_what_a_dying_child_has_told_is_added(engine: Engine, provider: FakeOpenAI) -> None:
    provider.answer = str

    class SlowSliceStore(ListSliceStore):
        def add(self, answers: Sequence[ValidAnswer]) -> None:
            if not self.added:
                until = time.monotonic() + 240
                while len(provider.asked) < 40:  # the second question comes after the first was found valid
                    assert time.monotonic() < until
                    time.sleep(0.02)
                kill_children(engine)
                time.sleep(0.5)
            super().add(answers)

    store = SlowSliceStore()
    asked = order(chained_job(20), 20, services=table(provider), **BOTH)
    with provider.holding(lambda prompt: prompt.startswith("After")), pytest.raises(EngineError):
        run(engine, asked, store)
    assert len(store.added) == 20


def test_with_a_cache_engines_that_die_pay_nothing_twice(engine: Engine, provider: FakeOpenAI) -> None:
    """Not even what one interview has asked for many: those that go on find it in the cache."""
    number = itertools.count()
    provider.delay = 0.05
    provider.answer = lambda prompt: f"{next(number)} for {prompt}"
    shared = free("a", "Of {{ scenario.g }}?")
    job = paid_job(shared, free("b", "{{ a.answer }}?"), free("c", "{{ b.answer }} {{ scenario.x }}?"))
    job["scenarios"] = [{"x": number, "g": number % 4} for number in range(60)]
    asked = order(job, 60, services=table(provider), calls_in_flight=5, **BOTH)
    store, rows, kills = ListSliceStore(same_run=True), dict[int, InterviewRow](), 0
    while len(rows) < 60:
        missing = tuple(place for place in asked.subset.positions if place.index not in rows)
        answers = tuple(answer for answer in store.answers if answer.index not in rows)
        again = replace(asked, subset=replace(asked.subset, positions=missing), answers=answers)
        try:
            with killed_after(20, engine, provider):
                for row in engine.run(again, store):
                    rows[row.index] = row
        except EngineError:
            kills += 1
    assert kills >= 1
    assert all(row.good for row in rows.values())
    assert len(provider.asked) <= 4 + 4 + 60 + kills * 5
    assert len(store.paid) == 4 + 4 + 60
    for row in rows.values():
        assert row.row["answer"]["a"] == rows[row.index % 4].row["answer"]["a"]


def test_a_closed_run_is_added_too(engine: Engine, provider: FakeOpenAI) -> None:
    store = ListSliceStore()
    running = engine.run(
        order(many(*numbered(1), interviews=30), 30, services=table(provider), **BOTH), store
    )
    row = next(iter(running))
    running.close()  # type: ignore[attr-defined]
    assert row.index in {new.index for new in store.added}


def test_cut_off_rows_say_what_was_retrieved(engine: Engine, provider: FakeOpenAI) -> None:
    store = ListSliceStore()
    job = chained_job(2)
    run(engine, order(job, 2, services=table(provider), **BOTH), store)
    asked = len(provider.asked)
    store.entries = {
        key: entry for key, entry in store.entries.items() if entry.user_prompt.startswith("First")
    }
    order_ = order(job, 2, services=table(provider), **BOTH)
    with provider.holding():
        rows = list(engine.run(order_, store, lambda: len(provider.requests) > asked))
    assert [(row.cut_off, len(row.retrieved)) for row in rows] == [(True, 1)] * 2


def test_what_the_cache_answers_costs_nothing_of_a_services_limit(engine: Engine) -> None:
    """edsl's test model may be asked a thousand times, and then a thousand times a minute: 500 take 30 s."""
    store = ListSliceStore()
    job = document(says_all(6))
    job["scenarios"] = [{"x": number} for number in range(250)]
    began = time.monotonic()
    run(engine, order(job, 250, calls_in_flight=300, **BOTH), store)
    asked = time.monotonic()
    rows = run(engine, order(job, 250, calls_in_flight=10, lift_test_model_limit=False, **BOTH), store)
    # Those 30 s show beside what the same interviews took unlimited, however busy the machine is.
    assert time.monotonic() - asked < 2 * (asked - began) + 15
    assert all(used(row) == [True] * 6 for row in rows)
