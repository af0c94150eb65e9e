"""Files that 1.0.9 uploads apart from what has them."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.domain.content.content import Visibility
from chalicelib.domain.object_keys import uploaded_key
from chalicelib.services.filestore import LARGEST_BYTES, LOOKED_FOR_ALONE, content_of
from tests.support import people
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import ran
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


def scenario(*file_ids: str) -> dict[str, Any]:
    """Return a scenario list with files that were uploaded apart from it."""
    files = [
        {
            "path": "cat.png", "base64_string": "offloaded", "binary": True, "suffix": "png",
            "mime_type": "image/png", "extracted_text": None,
            "external_locations": {"gcs": {"file_uuid": file_id, "uploaded": True, "offloaded": True}},
        }
        for file_id in file_ids
    ]  # fmt: skip
    return {"scenarios": [{"file": file} for file in files]}


class TestReadWithWhatNamesThem:
    """A file is read by whoever may read an object that names it, and whose owner uploaded it."""

    def reads(self, file_id: str, person: people.Person = people.EVE) -> bool:
        answer = person.ask("POST", "/filestore/download-url", {"file_uuid": file_id, "suffix": "png"})
        assert answer.status_code in (200, 404)
        return answer.status_code == 200

    def push(self, *file_ids: str, person: people.Person = people.ADA, visibility: str = "unlisted") -> str:
        return person.push(scenario(*file_ids), object_type="scenario_list", visibility=visibility)

    def test_it_is_read_as_long_as_the_object_is(self, stage: Stage) -> None:
        file_id, name = uploaded(stage)
        made = self.push(file_id, visibility="private")
        assert not self.reads(file_id)
        people.ADA.told("PATCH", f"/object?uuid={made}", {"visibility": "public"})
        assert self.reads(file_id)
        told = people.EVE.told("POST", "/filestore/download-url", {"file_uuid": file_id, "suffix": "png"})
        assert urlsplit(told["download_url"]).path.endswith(name)
        assert content_of(stage.stranger.account_id, file_id) == "YSBjYXQ="
        people.ADA.told("PATCH", f"/object?uuid={made}", {"visibility": "private"})
        assert not self.reads(file_id)
        assert content_of(stage.stranger.account_id, file_id) is None
        assert self.reads(file_id, people.ADA)

    def test_it_is_read_by_whom_the_object_is_shared_with(self, stage: Stage) -> None:
        file_id, _ = uploaded(stage)
        made = self.push(file_id, visibility="private")
        who = {"uuid": made, "username_or_email": stage.stranger.email}
        people.ADA.told("POST", "/object/share", who)
        assert self.reads(file_id)
        people.ADA.told("POST", "/object/unshare", who)
        assert not self.reads(file_id)

    def test_one_readable_object_of_many_is_enough(self, stage: Stage) -> None:
        file_id, _ = uploaded(stage)
        for _ in range(150):
            self.push(file_id, visibility="private")
        assert not self.reads(file_id)
        self.push(file_id)
        assert self.reads(file_id)

    def test_naming_somebody_elses_file_gives_nobody_anything(self, stage: Stage) -> None:
        file_id, _ = uploaded(stage)
        made = self.push(file_id, person=people.EVE, visibility="public")
        assert not self.reads(file_id)
        assert list(stage.deps.content_index.naming(file_id)) == []
        assert people.EVE.pull(made) == scenario(file_id)

    def test_what_an_object_no_longer_names_is_read_no_longer(self, stage: Stage) -> None:
        first, second = uploaded(stage)[0], uploaded(stage)[0]
        made = self.push(first)
        assert (self.reads(first), self.reads(second)) == (True, False)
        people.ADA.replace(made, scenario(second))
        assert (self.reads(first), self.reads(second)) == (False, True)
        people.ADA.told("DELETE", f"/object?uuid={made}")
        assert not self.reads(second)

    def test_many_files_of_one_object(self, stage: Stage) -> None:
        file_ids = [uploaded(stage)[0] for _ in range(LOOKED_FOR_ALONE + 5)]
        self.push(*file_ids, "3f0e6a9c-8d52-4a57-9a77-5d1f5a1f0c2e")
        assert all(self.reads(file_id) for file_id in file_ids)
        assert not self.reads("3f0e6a9c-8d52-4a57-9a77-5d1f5a1f0c2e")

    def test_results_of_a_job_are_read_with_its_files(self, stage: Stage) -> None:
        file_id, _ = uploaded(stage)
        payload = job()
        payload["scenarios"] = scenario(file_id)["scenarios"]
        done = ran(stage, payload, results_visibility=Visibility.PRIVATE)
        assert not self.reads(file_id)
        people.ADA.told("PATCH", f"/object?uuid={done.results_id}", {"visibility": "unlisted"})
        assert self.reads(file_id)
        people.ADA.told("DELETE", f"/object?uuid={done.results_id}")
        assert not self.reads(file_id)
        assert list(stage.deps.content_index.naming(file_id)) == []
