"""The replication package: all that it takes, for the owner of results alone."""

import ast
import hashlib
import io
import json
import zipfile

import pytest

from chalicelib.domain.content.content import Visibility
from chalicelib.domain.errors import NoContentError
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.services.content.sharing import share
from chalicelib.services.jobs.retry import retry
from chalicelib.services.tables import downloads
from chalicelib.services.tables.archive import ArchivedFile, zip_pieces
from chalicelib.services.tables.downloads import Format, download
from chalicelib.storage.columns import writer
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import deliver, drain, ran
from tests.unit.services.tables.test_downloads import fetched


def package(stage: Stage, done: Job) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(fetched(stage, done, Format.REPLICATION))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_all_is_there(stage: Stage) -> None:
    document = job(agents=3, scenarios=2, questions=("q0", "q1"))
    done = ran(stage, document)
    files = package(stage, done)
    assert json.loads(files["job.json"]) == document
    assert json.loads(files["survey.json"])["questions"] == document["survey"]["questions"]
    for name in ("agents", "scenarios", "models"):
        assert [json.loads(line) for line in files[f"{name}.jsonl"].splitlines()] == document[name]
    assert len(json.loads(files["results.json"])["data"]) == 6
    assert len(files["results.jsonl"].splitlines()) == 6
    assert len(files["results.csv"].splitlines()) == 7
    assert files["results.parquet"].startswith(b"PAR1")
    prompts = [json.loads(line) for line in files["prompts.jsonl"].splitlines()]
    asked = [(line["interview"], line["question"]) for line in prompts]
    assert asked[:3] == [(0, "q0"), (0, "q1"), (1, "q0")]
    header, *entries = (json.loads(line) for line in files["cache.jsonl"].splitlines())
    assert header["edsl_class_name"] == "Cache"
    assert {entry["key"] for entry in entries} == {line["cache_key"] for line in prompts}
    (cost,) = json.loads(files["costs.json"])
    assert (cost["run"], cost["usages"] != []) == (1, True)
    assert json.loads(files["versions.json"])["client"] == "edsl 1.0.9"
    assert files["requirements.txt"] == b"edsl==1.0.9\n"
    ast.parse(files["run.py"])
    assert done.job_id in files["README.md"].decode()


def test_the_sums_are_right_and_the_readme_names_what_there_is(stage: Stage) -> None:
    files = package(stage, ran(stage, job()))
    told = files.pop("SHA256SUMS").decode().splitlines()
    assert told == [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in files.items()]
    for name in files:
        assert name == "README.md" or f"`{name}`" in files["README.md"].decode()


def test_it_is_of_the_run_that_was_asked_for(stage: Stage) -> None:
    stage.engine.failing = {1}
    first = ran(stage, job(agents=2))
    stage.engine.failing = set()
    retry(stage.account, first.job_id, RetryScope.FAILED)
    second = deliver(stage, first)
    assert [cost["run"] for cost in json.loads(package(stage, first)["costs.json"])] == [1]
    assert [cost["run"] for cost in json.loads(package(stage, second)["costs.json"])] == [1, 2]


def test_it_is_for_their_owner_alone(stage: Stage) -> None:
    done = ran(stage, job(), results_visibility=Visibility.PUBLIC)
    share(stage.account, done.results_id or "", stage.stranger.email)
    with pytest.raises(NoContentError):
        download(stage.stranger, done.results_id or "", Format.REPLICATION)


def test_what_is_too_large_for_a_table_has_one_without(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LARGEST_SPOOL", 1)
    files = package(stage, ran(stage, job()))
    assert "results.csv" not in files
    assert len(files["results.jsonl"].splitlines()) == 1


def test_a_large_one_is_made_beside_that(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(stage, job(agents=3))
    monkeypatch.setattr(downloads, "MADE_AT_ONCE", 0)
    assert download(stage.account, done.results_id or "", Format.REPLICATION) is None
    drain(stage)
    assert "README.md" in package(stage, done)


def test_an_archive_comes_in_small_pieces_and_is_the_same_twice() -> None:
    def files() -> list[ArchivedFile]:
        return [ArchivedFile("é.txt", (bytes([number % 251]) * 100_000 for number in range(50)))]

    pieces = list(zip_pieces(files()))
    assert max(map(len, pieces)) < 100_000
    assert pieces == list(zip_pieces(files()))
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert len(archive.read("é.txt")) == 5_000_000
