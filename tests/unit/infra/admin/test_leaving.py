"""What an operator exports and deletes, and what he is told before."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.errors import ConflictError, NotFoundError
from chalicelib.domain.jobs.job import RetryScope
from chalicelib.domain.object_keys import uploaded_key
from chalicelib.services.access import owned_job
from chalicelib.services.accounts import administration
from chalicelib.services.jobs.retry import retry
from infra.admin.errors import AdminError
from tests.support.entries import entry
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import deliver, queued, ran
from tests.unit.infra.admin.test_accounts import Operator, operator

__all__ = ["operator"]
ADA = "ada@example.com"


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_account_is_exported_whole(operator: Operator, stage: Stage, tmp_path: Path) -> None:
    sent = job(agents=2)
    once, twice = ran(stage, sent), ran(stage, sent)
    queued(stage, sent, stage.stranger)
    first = twice.results_id
    retry(stage.account, twice.job_id, RetryScope.ALL)
    twice = deliver(stage, twice)
    assert twice.results_id != first
    waits = queued(stage, sent)
    stage.deps.cache.write(stage.account.account_id, [entry(0)], at=stage.now, expires_at=None)
    stage.deps.files.write(uploaded_key(stage.account.account_id, "f"), b"picture")
    path = tmp_path / "ada.zip"
    _, noted = operator("export", ADA, str(path))
    assert str(path) in noted
    assert path.stat().st_mode & 0o077 == 0
    files = unpacked(path)
    assert list(tmp_path.iterdir()) == [path]

    def read(name: str) -> Any:
        return json.loads(files[name])

    account = read("account.json")
    assert (account["email"], account["username"], account["role"]) == (ADA, "ada", "member")
    (key,) = read("keys.json")
    assert set(key) == {"key_id", "name", "made_at", "used_at", "release"}
    whole = b"".join(files.values())
    assert stage.stranger.account_id.encode() not in whole
    assert stage.deps.keys.of_account(stage.account.account_id)[0].digest.encode() not in whole
    ledger = [json.loads(line) for line in files["ledger.jsonl"].splitlines()]
    assert (ledger[0]["number"], ledger[0]["kind"]) == (1, "grant")
    assert account["balance"] == ledger[-1]["balance"]
    assert {name.split("/")[1] for name in files if name.startswith("jobs/")} == {
        once.job_id,
        twice.job_id,
        waits.job_id,
    }
    folder = f"jobs/{twice.job_id}"
    assert read(f"{folder}/job.json")["status"] == "completed"
    assert [item["kind"] for item in read(f"{folder}/history.json")][:2] == ["queued", "started"]
    assert [run["number"] for run in read(f"{folder}/runs.json")] == [1, 2]
    assert read(f"{folder}/original.json") == sent
    for name in ("results.json", "results-of-run-1.json"):
        assert len(read(f"{folder}/{name}")["data"]) == 2
    assert f"jobs/{waits.job_id}/results.json" not in files
    header, *lines = files["cache.jsonl"].splitlines()
    assert json.loads(header)["edsl_class_name"] == "Cache"
    assert entry(0).key in {json.loads(line)["key"] for line in lines}
    assert files["uploads/f"] == b"picture"
    for name in ("limits.json", "cache-log.jsonl", "README.txt"):
        assert name in files
        assert name in files["README.txt"].decode() or name == "README.txt"


def test_what_is_there_is_not_written_over(operator: Operator, stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "ada.zip"
    path.write_text("mine")
    with pytest.raises(AdminError, match="is there already"):
        operator("export", ADA, str(path))
    assert path.read_text() == "mine"
    with pytest.raises(AdminError, match="cannot be written"):
        operator("export", ADA, str(tmp_path / "nowhere" / "ada.zip"))
    with pytest.raises(NotFoundError):
        operator("export", "nobody@example.com", str(tmp_path / "nobody.zip"))


def test_deleting_tells_first_and_does_it_when_told_so(operator: Operator, stage: Stage) -> None:
    ran(stage, job())
    _, noted = operator("delete", ADA)
    assert f"The account {ADA} has 1 job, 1 object, 1 cache entry, 1 key, and " in noted
    assert "Nothing has been deleted" in noted
    assert not administration.find(ADA).disabled
    _, noted = operator("delete", ADA, "--yes")
    assert f"The account {ADA} has gone, and 1 job with it." in noted
    with pytest.raises(NotFoundError):
        operator("delete", ADA, "--yes")
    assert "ada" not in operator("list")[0]


def test_a_job_is_deleted_that_has_ended(operator: Operator, stage: Stage) -> None:
    done, waits = ran(stage, job()), queued(stage, job())
    operator("delete-job", ADA, done.job_id)
    with pytest.raises(NotFoundError):
        owned_job(stage.account, done.job_id)
    with pytest.raises(NotFoundError):
        operator("delete-job", ADA, done.job_id)
    with pytest.raises(ConflictError):
        operator("delete-job", ADA, waits.job_id)
