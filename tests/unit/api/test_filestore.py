"""Files that 1.0.9 uploads apart from what has them."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.domain.object_keys import uploaded_key
from chalicelib.services.filestore import LARGEST_BYTES, content_of
from tests.support.stage import Stage
from tests.unit.api.test_jobs import ADA, ask

EVE = {**ADA, "Authorization": "Bearer key-eve"}
UPLOAD, DOWNLOAD = "/api/v0/filestore/upload-url", "/api/v0/filestore/download-url"
NAMED = {"file_name": "cat.png", "mime_type": "image/png", "suffix": "png"}
STRANGE = ["", "x", "../other/file", "0" * 10_000, "3f0c7f0e-0000-4000-8000-00000000000g", "\0"]


def uploaded(stage: Stage, content: bytes = b"a cat") -> tuple[str, str]:
    """Upload a file as Ada; return its id and its name in the bucket."""
    told = ask("POST", UPLOAD, NAMED).json_body
    name = uploaded_key(stage.account.account_id, told["file_uuid"])
    assert urlsplit(told["upload_url"]).path.endswith(name)
    stage.deps.files.write(name, content)
    return told["file_uuid"], name


def test_what_was_uploaded_can_be_downloaded(stage: Stage) -> None:
    file_id, name = uploaded(stage)
    address = ask("POST", DOWNLOAD, {"file_uuid": file_id, "suffix": "png"}).json_body["download_url"]
    assert urlsplit(address).path.endswith(name)


def test_two_uploads_are_two_files(stage: Stage) -> None:
    assert uploaded(stage)[0] != uploaded(stage)[0]


def test_a_file_is_nobody_elses(stage: Stage) -> None:
    file_id, _ = uploaded(stage)
    answer = ask("POST", DOWNLOAD, {"file_uuid": file_id}, EVE)
    unknown = ask("POST", DOWNLOAD, {"file_uuid": "3f0c7f0e-0000-4000-8000-000000000000"}, EVE)
    assert (answer.status_code, answer.json_body) == (404, unknown.json_body)
    assert content_of(stage.account.account_id, file_id) == "YSBjYXQ="
    assert content_of("somebody-else", file_id) is None


@pytest.mark.parametrize("file_id", STRANGE)
def test_strange_ids_name_no_file(stage: Stage, file_id: str) -> None:
    assert ask("POST", DOWNLOAD, {"file_uuid": file_id}).status_code == 404
    assert content_of("ada", file_id) is None


@pytest.mark.parametrize("body", [{}, {"file_uuid": None}, {"file_uuid": 7}, [], "x"])
def test_a_body_without_an_id_is_refused_in_words(stage: Stage, body: Any) -> None:
    answer = ask("POST", DOWNLOAD, body)
    assert answer.status_code == 400
    assert answer.json_body["detail"]


def test_ids_are_read_in_any_of_their_spellings(stage: Stage) -> None:
    """But lead to one name: nothing of an id is put into it as it came."""
    file_id, _ = uploaded(stage)
    assert ask("POST", DOWNLOAD, {"file_uuid": f"{{{file_id.upper()}}}"}).status_code == 200


def test_a_file_that_was_announced_only_is_none(stage: Stage) -> None:
    told = ask("POST", UPLOAD, NAMED).json_body
    assert ask("POST", DOWNLOAD, {"file_uuid": told["file_uuid"]}).status_code == 404


def test_a_file_that_no_provider_takes_is_not_read(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id, _ = uploaded(stage)
    monkeypatch.setattr("chalicelib.services.filestore.LARGEST_BYTES", 4)
    assert LARGEST_BYTES > 4
    assert content_of(stage.account.account_id, file_id) is None
