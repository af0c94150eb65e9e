"""Results as files: whole, harmless, made once, and only for who may read them."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chalicelib.domain.content.content import Visibility
from chalicelib.domain.errors import NoContentError, TooLargeError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.content.delete import delete
from chalicelib.services.tables import downloads, excel
from chalicelib.services.tables.downloads import Format, download, download_for
from chalicelib.storage.aws.files import FileStore
from tests.support.fakes.aws.stage import FakeStage
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import drain, ran
from tests.unit.services.tables.test_table import rewritten

HOSTILE = {
    "=1+1": "=2+2",
    "é": "\0\x01 <b>&\ud800",
    "n": -5,
    "list": ["a"],
    "long": "x" * 40_000,
    "large": 10**30,
}


def fetched(stage: Stage, done: Job, form: Format) -> bytes:
    address = download(stage.account, done.results_id or "", form)
    assert address is not None
    path = address.partition("?")[0]
    return stage.deps.files.read(path[path.index("account/") :])


@pytest.fixture
def done(stage: Stage) -> Job:
    made = ran(stage, job(agents=2))
    rewritten(stage, made, [InterviewRow(0, {"answer": HOSTILE}), InterviewRow(1, {"answer": {"n": 7}})])
    return made


def test_lines_of_json_have_all_as_it_is(stage: Stage, done: Job) -> None:
    first, second = map(json.loads, fetched(stage, done, Format.JSONL).splitlines())
    answers = {name: cell for name, cell in first.items() if name.startswith("answer.")}
    assert answers == {f"answer.{name}": value for name, value in HOSTILE.items()}
    assert (second["answer.n"], second["interview.index"]) == (7, 1)


def test_csv_has_long_texts_whole(stage: Stage, done: Job) -> None:
    text = fetched(stage, done, Format.CSV).decode()
    assert "x" * 40_000 in text
    assert '"\'=2+2"' in text


def test_parquet_is_read_by_others(stage: Stage, done: Job, tmp_path: Path) -> None:
    path = tmp_path / "results.parquet"
    path.write_bytes(fetched(stage, done, Format.PARQUET))
    with duckdb.connect(":memory:") as connection:
        found = connection.execute('SELECT "answer.n", "answer.=1+1" FROM read_parquet(?)', [str(path)])
        assert found.fetchall() == [(-5, "=2+2"), (7, None)]


def test_excel_has_no_formula(stage: Stage, done: Job) -> None:
    with zipfile.ZipFile(io.BytesIO(fetched(stage, done, Format.EXCEL))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=2+2" in sheet
    assert "<f>" not in sheet
    assert "<f " not in sheet
    assert "<v>-5</v>" in sheet
    assert "&lt;b&gt;&amp;" in sheet
    assert "x" * (excel.LONGEST_CELL - 1) + "…" in sheet


def test_what_excel_cannot_hold_is_said(stage: Stage, done: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 1)
    with pytest.raises(TooLargeError, match="CSV"):
        download(stage.account, done.results_id or "", Format.EXCEL)


def test_it_is_made_once(stage: Stage, done: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fetched(stage, done, Format.CSV)
    monkeypatch.setattr(downloads, "_make", None)
    assert fetched(stage, done, Format.CSV) == before


@pytest.mark.parametrize("form", [Format.CSV, Format.EXCEL, Format.JSONL])
def test_a_large_one_is_made_beside_that(
    stage: Stage, done: Job, monkeypatch: pytest.MonkeyPatch, form: Format
) -> None:
    monkeypatch.setattr(downloads, "MADE_AT_ONCE", 0)
    for _ in range(3):
        assert download(stage.account, done.results_id or "", form) is None
    message = {"kind": "download", "content_id": done.results_id, "form": form}
    assert stage.messages(stage.deps.settings.content_queue) == [message]
    stage.deps.content_queue.send([message])
    drain(stage, times=2)
    assert len(fetched(stage, done, form)) > 100


@pytest.mark.parametrize("form", [form for form in Format if form is not Format.REPLICATION])
def test_only_readers_get_one(stage: Stage, done: Job, form: Format) -> None:
    with pytest.raises(NoContentError):
        download(stage.stranger, done.results_id or "", form)
    assert download(stage.account, done.results_id or "", form) is not None


def test_all_get_what_is_unlisted(stage: Stage) -> None:
    made = ran(stage, job(), results_visibility=Visibility.UNLISTED)
    assert download(stage.stranger, made.results_id or "", Format.CSV) is not None


def test_they_go_with_their_results(stage: FakeStage, done: Job) -> None:
    for form in (Format.CSV, Format.JSONL, Format.EXCEL):
        fetched(stage, done, form)
    delete(stage.account, done.results_id or "")
    assert list(stage.deps.files.under(JobKeys.of(done).table_folder(1))) == []
    download_for(done.results_id or "", Format.CSV)
    assert list(stage.deps.files.under(JobKeys.of(done).table_folder(1))) == []


def test_nothing_stays_of_what_is_deleted_meanwhile(
    stage: Stage, done: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(stage, done, Format.PARQUET)
    write = FileStore.write_stream

    def deleted_meanwhile(store: FileStore, name: str, pieces: Any) -> None:
        pieces = list(pieces)
        delete(stage.account, done.results_id or "")
        write(store, name, pieces)

    monkeypatch.setattr(FileStore, "write_stream", deleted_meanwhile)
    with pytest.raises(NoContentError):
        download(stage.account, done.results_id or "", Format.CSV)
    assert list(stage.deps.files.under(JobKeys.of(done).table_folder(1))) == []
