"""Files that were uploaded apart from their job: the model gets them, the jail and the row never do."""

import json

import pytest

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.service import Service
from chalicelib.engine.engine import Engine
from tests.support.fake_openai import FakeOpenAI
from tests.support.slice_store import ListSliceStore
from tests.support.uploads import uploaded_picture
from tests.unit.engine.jobs import free_text_job, order

FILE_ID = "3f0c7f0e-0000-4000-8000-000000000001"
OTHER_ID = "3f0c7f0e-0000-4000-8000-000000000002"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def uploaded(file_id: object = FILE_ID, **changes: object) -> Document:
    return uploaded_picture(file_id, **changes)


def about(*files: Document) -> Document:
    job = free_text_job(model="gpt-4o", inference_service="openai", parameters={"temperature": 0.5})
    job["survey"]["questions"][0]["question_text"] = "What is in {{ scenario.file }}?"
    job["scenarios"] = [{"file": file} for file in files]
    return job


def pictures(provider: FakeOpenAI) -> list[str]:
    parts = [part for request in provider.asked for part in request.body["messages"][-1]["content"]]
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


def test_a_model_gets_the_content(engine: Engine) -> None:
    store = ListSliceStore()
    store.files[FILE_ID] = PIXEL
    with FakeOpenAI(answer=lambda _: "A cat") as provider:
        (row,) = engine.run(order(about(uploaded()), services=(Service("openai", provider.url, "k"),)), store)
    assert row.good, row.exceptions
    assert pictures(provider) == [f"data:image/png;base64,{PIXEL}"]


def test_a_row_has_the_file_as_it_was_sent(engine: Engine) -> None:
    """So results stay small, however many interviews are about one file."""
    store = ListSliceStore()
    store.files[FILE_ID] = PIXEL
    with FakeOpenAI() as provider:
        (row,) = engine.run(order(about(uploaded()), services=(Service("openai", provider.url, "k"),)), store)
    assert PIXEL not in json.dumps(row.row)
    file = row.row["scenario"]["file"]
    assert file["base64_string"] == "offloaded"
    assert file["external_locations"]["gcs"]["file_uuid"] == FILE_ID


def test_a_file_is_fetched_once_for_all_interviews(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    store = ListSliceStore()

    def file(file_id: str) -> str:
        fetched.append(file_id)
        return PIXEL

    monkeypatch.setattr(store, "file", file)
    job = about(uploaded())
    job["models"] = [dict(job["models"][0], model=name) for name in ("gpt-4o", "gpt-4o-mini", "gpt-4.1")]
    with FakeOpenAI() as provider:
        rows = list(engine.run(order(job, 3, services=(Service("openai", provider.url, "k"),)), store))
    assert [row.good for row in rows] == [True] * 3
    assert len(pictures(provider)) == 3
    assert fetched == [FILE_ID]


@pytest.mark.parametrize("file_id", [OTHER_ID, "../../account/b/file/x", "", None, 7, {"a": 1}, "x" * 10_000])
def test_a_file_that_is_not_there_fails_its_question_only(engine: Engine, file_id: object) -> None:
    store = ListSliceStore()
    store.files[FILE_ID] = PIXEL
    job = about(uploaded(file_id), uploaded())
    with FakeOpenAI() as provider:
        rows = list(engine.run(order(job, 2, services=(Service("openai", provider.url, "k"),)), store))
    assert [row.good for row in rows] == [False, True]
    assert "was not uploaded" in json.dumps(rows[0].exceptions)
    assert len(provider.asked) == 1


def test_two_uploads_are_not_taken_for_one_by_the_cache(engine: Engine) -> None:
    """Nor is one that says nothing of its content for another."""
    store = ListSliceStore()
    store.files |= {FILE_ID: PIXEL, OTHER_ID: "b25l"}
    caching = {"reads_cache": True, "fills_cache": True}
    with FakeOpenAI(answer=lambda _: "A cat") as provider:
        services = (Service("openai", provider.url, "k"),)
        list(engine.run(order(about(uploaded()), services=services, **caching), store))
        list(engine.run(order(about(uploaded(OTHER_ID)), services=services, **caching), store))
        assert len(provider.asked) == 2
        list(engine.run(order(about(uploaded()), services=services, **caching), store))
        assert len(provider.asked) == 2
