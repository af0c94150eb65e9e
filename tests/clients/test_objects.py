"""What users of unmodified clients keep on Perch beside their jobs."""

import pytest

from tests.clients.conftest import Client

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


@pytest.mark.parametrize("release", ["0.1.33", "0.1.38"])
def test_old_releases_keep_objects_within_their_requests(client: Client, release: str) -> None:
    said = client(release, "objects_created")
    assert said.code == 0, said.errors
    assert {name: wrong for name, wrong in said.last.items() if wrong} == {}
    assert len(said.last) == 5
