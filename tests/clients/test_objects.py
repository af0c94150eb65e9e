"""What users of unmodified clients keep on Perch beside their jobs."""

from pathlib import Path

import pytest

from tests.clients.conftest import NEWEST, RELEASES, Client, Perch
from tests.journey.client import ByHand

pytestmark = [pytest.mark.clients, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("release", ["0.1.62", "1.0.9"])
def test_objects_are_pushed_pulled_listed_changed_and_deleted(client: Client, release: str) -> None:
    said = client(release, "objects_pushed")
    assert said.code == 0, said.errors
    found = said.last
    assert {name: wrong for name, wrong in found["wrong"].items() if wrong} == {}
    assert len(found["wrong"]) == 4
    assert found["created"] is True
    assert found["of a job"] == ["private", True, True, 0]


@pytest.mark.parametrize("release", ["0.1.62", "1.0.9"])
def test_large_objects_come_back_as_they_were(client: Client, release: str) -> None:
    said = client(release, "large_objects")
    assert said.code == 0, said.errors
    whole = {"pulled": True, "got": True}
    assert said.last == {"agents": whole, "empty": whole, "notebook": whole}


@pytest.mark.parametrize("release", ["0.1.33", "0.1.38"])
def test_old_releases_keep_objects_within_their_requests(client: Client, release: str) -> None:
    said = client(release, "objects_created")
    assert said.code == 0, said.errors
    assert {name: wrong for name, wrong in said.last.items() if wrong} == {}
    assert len(said.last) == 5


@pytest.mark.parametrize("sender", ["0.1.33", "1.0.9"])
def test_each_release_loads_what_another_ones_job_came_to(
    client: Client, account: ByHand, sender: str
) -> None:
    """One of the interviews met an exception, which 0.1.38 cannot load as later releases keep it."""
    assert client(sender, "partly_failing").code == 0
    (job,) = account.ask("GET", "/api/v0/remote-inference/list").json()
    for release in RELEASES:
        said = client(release, "pulled", job["results_uuid"])
        assert said.code == 0, (release, said.errors)
        assert said.last == [12, None, 12]


def test_a_file_is_read_by_whoever_reads_what_it_is_in(perch: Perch, client: Client, account: ByHand) -> None:
    said = client(NEWEST, "file_kept")
    assert said.code == 0, said.errors
    someone_else = next(perch.keys)
    read = client(NEWEST, "file_kept", said.last, key=someone_else, home="elsewhere")
    assert read.code == 0, read.errors
    assert read.last == ["offloaded", "gull, wren"]
    account.ask("PATCH", f"/api/v0/object?uuid={said.last}", {"visibility": "private"})
    assert client(NEWEST, "file_kept", said.last, key=someone_else, home="elsewhere").code != 0


@pytest.mark.parametrize("release", RELEASES)
def test_every_type_comes_back_to_whom_it_is_for(
    perch: Perch, client: Client, release: str, tmp_path: Path
) -> None:
    file = str(tmp_path / "kept.json")
    said = client(release, "objects_of_all_types", "keep", release, file)
    assert said.code == 0, said.errors
    kept = said.last
    assert kept["wrong"] == []
    assert kept["types"] > 10
    assert kept["left out"] == []
    said = client(release, "objects_of_all_types", "read", release, file, key=next(perch.keys))
    assert said.code == 0, said.errors
    assert said.last == {"read": kept["kept"], "wrong": []}


def test_what_is_shared_is_read_by_those_it_is_shared_with(
    perch: Perch, client: Client, account: ByHand
) -> None:
    other, third = next(perch.keys), next(perch.keys)
    said = client(NEWEST, "shared", "share", f"{other}@example.com", "nobody-yet@example.com")
    assert said.code == 0, said.errors
    content_id, people = said.last
    assert [one["email"] for one in people["shared_with"]] == [f"{other}@example.com"]
    assert people["unregistered_shared_with"] == [{"email": "nobody-yet@example.com"}]
    assert client(NEWEST, "shared", "read", content_id, key=other, home="other").last == ["pears"]
    assert client(NEWEST, "shared", "read", content_id, key=third, home="third").last != ["pears"]
    message = client(NEWEST, "shared", "unshare", content_id, f"{other}@example.com").last
    assert message == f"Removed access for {other}@example.com."
    assert client(NEWEST, "shared", "read", content_id, key=other, home="other").last != ["pears"]
