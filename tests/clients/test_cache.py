"""The remote cache, as unmodified clients use it and as their users' jobs are answered from it."""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from tests.clients.conftest import NEWEST, RELEASES, Client, Perch
from tests.journey.client import ByHand

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]

SYNCING = ("0.1.33", "0.1.38")
"""Releases that sync their own caches with the account's around local runs; later ones do not."""
FETCHING = ("0.1.62", "1.0.9")
"""Releases that fetch entries by job and by key; earlier ones cannot."""
TELLING = ("0.1.62", "1.0.9")
"""Releases that tell which answers of a remote job came from the cache; earlier ones do not read that."""
READING_FRESH = ("0.1.62", "1.0.9")
"""Releases whose jobs can be run without reading the cache."""
TEXTS = ("Name a bird.", "Name a tree.", "Name a fish.")
ADDED = "Add new cache entries from remote inference job"
UPLOADED = "Upload new cache entries to server"
DOWNLOADED = "Download missing cache entries to client"
CLEARED = "Clear cache entries"
OLDEST = RELEASES[0]
OPENAI, TEST = ("openai", "gpt-4o"), ("test", "test")
"""Models as (service, name). 1.0.9 gives OpenAI's one parameter more than its forerunners did, and so another
key; a model that was saved by one of them keeps its own, and such a one it is given here."""


@dataclass(frozen=True)
class Ran:
    """What the runs of one survey came to, in one client's process."""

    answers: list[list[str]]
    cached: list[list[bool] | None]
    asked: int
    """How often the provider was asked meanwhile, by whomever."""


@dataclass(frozen=True)
class Stage:
    """One account, its clients, and what it can be asked without any."""

    perch: Perch
    client: Client
    account: ByHand

    def run(
        self,
        release: str,
        texts: Sequence[str] = TEXTS,
        *,
        runs: Sequence[dict[str, Any]] = ({},),
        model: tuple[str, str] = OPENAI,
        home: str = "home",
    ) -> Ran:
        before = len(self.perch.provider.asked)
        said = {"texts": texts, "model": model, "saved_model": release == NEWEST, "runs": runs}
        done = self.client(release, "cached", json.dumps(said), home=home, provider=True)
        assert done.code == 0, done.errors
        return Ran(
            [run["answers"] for run in done.last],
            [run["cached"] for run in done.last],
            len(self.perch.provider.asked) - before,
        )

    def switch(self, **switches: bool) -> None:
        answer = self.account.ask("PATCH", "/api/v0/edsl-settings", switches)
        assert answer.status_code == 200, answer.text
        assert switches.items() <= answer.json().items()

    def jobs(self) -> list[dict[str, Any]]:
        """The account's jobs, oldest first."""
        return cast(list[dict[str, Any]], self._get("remote-inference/list?sort_ascending=True"))

    def stories(self) -> list[list[str]]:
        """What each job's history says of the cache."""
        histories = [self.account.history(job["uuid"]) for job in self.jobs()]
        return [
            [item["sentence"] for item in history if item["title"] == "Accessed remote cache"]
            for history in histories
        ]

    def log(self) -> list[tuple[str, int]]:
        """The cache log, oldest first."""
        items = self._get("remote-cache-log?page_size=100")
        return [(item["description"], item["cache_entry_count"]) for item in reversed(items)]

    def prompts(self) -> list[str]:
        """The prompts of the account's entries."""
        entries = self._get("remote-cache/list?page_size=100")["entries"]
        return sorted(entry["user_prompt"] for entry in entries)

    def _get(self, path: str) -> Any:
        answer = self.account.ask("GET", f"/api/v0/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def stage(perch: Perch, client: Client, account: ByHand) -> Iterator[Stage]:
    """A stage whose provider never says the same thing twice."""
    numbers = itertools.count(1)
    before, perch.provider.answer = perch.provider.answer, lambda _: f"Answer {next(numbers)}"
    yield Stage(perch, client, account)
    perch.provider.answer = before


def told(release: str, *runs: bool) -> list[list[bool] | None]:
    """What a release tells of runs whose answers all came from a cache, or did not."""
    return [[run] * len(TEXTS) if release in TELLING else None for run in runs]


@pytest.mark.parametrize("release", RELEASES)
def test_a_rerun_asks_no_model_and_costs_nothing(stage: Stage, release: str) -> None:
    ran = stage.run(release, runs=[{}, {}])
    assert ran.asked == 3
    assert ran.answers[0] == ran.answers[1]
    assert ran.cached == told(release, False, True)
    first, again = (job["cost_credits"] for job in stage.jobs())
    assert first > 0
    assert again == 0
    assert stage.stories() == [["Added 3 entries."], ["Retrieved 3 entries."]]
    assert stage.prompts() == sorted(TEXTS)
    assert stage.log() == [(ADDED, 3)]


@pytest.mark.parametrize("release", READING_FRESH)
def test_a_fresh_run_asks_again_and_what_it_is_told_is_kept(stage: Stage, release: str) -> None:
    ran = stage.run(release, runs=[{}, {"fresh": True}, {}])
    assert ran.asked == 6
    first, fresh, later = ran.answers
    assert not {*first} & {*fresh}
    assert later == fresh
    assert ran.cached == told(release, False, False, True)
    assert stage.stories() == [["Added 3 entries."], ["Added 3 entries."], ["Retrieved 3 entries."]]
    assert stage.log() == [(ADDED, 3), (ADDED, 3)]
    assert stage.prompts() == sorted(TEXTS)


@pytest.mark.parametrize("release", SYNCING)
def test_a_local_run_syncs_both_ways(stage: Stage, release: str) -> None:
    stage.switch(remote_inference=False)
    first = stage.run(release, home="one")
    assert first.asked == 3
    assert stage.prompts() == sorted(TEXTS)
    assert stage.log() == [(UPLOADED, 3)]

    elsewhere = stage.run(release, home="two")
    assert (elsewhere.asked, elsewhere.answers) == (0, first.answers)
    assert stage.log() == [(UPLOADED, 3), (DOWNLOADED, 3)]

    assert stage.run(release, [*TEXTS, "Name a stone."], home="two").asked == 1
    assert stage.log()[2:] == [(UPLOADED, 1)]

    # What was cleared is sent again by whoever has it.
    cleared = stage.account.ask("DELETE", "/api/v0/remote-cache/delete-all")
    assert cleared.json() == {"status": "success", "deleted_entry_count": 4}
    assert stage.run(release, home="one").asked == 0
    assert stage.prompts() == sorted(TEXTS)
    assert stage.jobs() == []


@pytest.mark.parametrize("release", SYNCING)
def test_old_clients_calls_answer_as_their_docstrings_say(stage: Stage, release: str) -> None:
    before = {"description": "From before", "cache_entry_count": 1}
    assert stage.account.ask("POST", "/api/v0/remote-cache-log", before).status_code == 200
    said = stage.client(release, "cache_calls")
    assert said.code == 0, said.errors
    assert said.last == {
        "log cleared": "success",
        "empty": [],
        "one": {"status": "success", "created_entry_count": 1, "updated_entry_count": 0},
        "the same one": {"status": "success", "created_entry_count": 0, "updated_entry_count": 1},
        "ten": {"status": "success", "created_entry_count": 9, "updated_entry_count": 1},
        "twice in one call": 1,
        "all": [*range(11)],
        "all but none": [*range(11)],
        "all but a strange key": [*range(11)],
        "all but two": [0, 1, 2, 5, 6, 7, 8, 9, 10],
        "client lacks": [0, 1, 10],
        "server lacks": ["0" * 32],
        "cleared": {"status": "success", "deleted_entry_count": 11},
        "cleared again": {"status": "success", "deleted_entry_count": 0},
        "left": [],
    }
    assert stage.log() == [(UPLOADED, 1), (UPLOADED, 9), (UPLOADED, 1), (DOWNLOADED, 3), (CLEARED, 11)]


@pytest.mark.parametrize("release", FETCHING)
def test_a_jobs_entries_are_fetched(stage: Stage, release: str) -> None:
    stage.run(release, runs=[{}, {}])
    said = stage.client(release, "cache_fetched", *(job["uuid"] for job in stage.jobs()))
    assert said.code == 0, said.errors
    found = said.last
    first, again = found["jobs"]
    assert first == again
    assert sorted(entry["user_prompt"] for entry in first) == sorted(TEXTS)
    assert {(entry["service"], entry["validated"]) for entry in first} == {("openai", True)}
    assert sorted(found["of two keys"]) == sorted(found["keys"][:2])
    if release == NEWEST:
        assert found["fetched"] == [first[0]["output"], found["keys"][0]]
        assert found["not there"] is None
        assert found["kept"] == found["keys"][:1]


@pytest.mark.parametrize(
    ("old", "new", "model"),
    [("0.1.33", NEWEST, OPENAI), ("0.1.33", NEWEST, TEST), ("0.1.38", "0.1.62", OPENAI)],
)
def test_releases_answer_one_another(stage: Stage, old: str, new: str, model: tuple[str, str]) -> None:
    stage.switch(remote_inference=False)
    local = stage.run(old, TEXTS[:1], model=model, home="old")
    stage.switch(remote_inference=True)
    remote = stage.run(new, TEXTS[:2], model=model, home="new")
    assert remote.cached == [[True, False]]
    assert remote.answers[0][:1] == local.answers[0]
    assert stage.stories() == [["Retrieved 1 entries.", "Added 1 entries."]]

    stage.switch(remote_inference=False)
    back = stage.run(old, TEXTS[:2], model=model, home="another")
    assert back.asked == 0
    assert back.answers == remote.answers
    assert stage.log() == [(UPLOADED, 1), (ADDED, 1), (DOWNLOADED, 2)]


@pytest.mark.parametrize("release", [OLDEST, NEWEST])
def test_with_caching_off_nothing_is_read_or_kept(stage: Stage, release: str) -> None:
    stage.switch(remote_caching=False)
    ran = stage.run(release, runs=[{}, {}])
    assert ran.asked == 6
    assert ran.cached == told(release, False, False)
    assert (stage.stories(), stage.prompts(), stage.log()) == ([[], []], [], [])


@pytest.mark.parametrize("release", SYNCING)
def test_with_caching_off_local_runs_stay_local(stage: Stage, release: str) -> None:
    stage.switch(remote_inference=False, remote_caching=False)
    assert stage.run(release, runs=[{}, {}]).asked == 3  # it has a cache of its own
    assert (stage.jobs(), stage.prompts(), stage.log()) == ([], [], [])


def test_an_exported_cache_is_loaded_by_whom_it_was_exported_for(stage: Stage, tmp_path: Path) -> None:
    stage.run(NEWEST)
    for release in (OLDEST, "0.1.62", NEWEST):  # all forms there are; 0.1.38 has that of the oldest
        answer = stage.account.ask("GET", f"/api/v0/remote-cache/export?format=jsonl&version={release}")
        assert answer.status_code == 200, answer.text
        file = tmp_path / f"{release}.jsonl"
        file.write_bytes(answer.content)
        said = stage.client(release, "cache_loaded", str(file))
        assert said.code == 0, said.errors
        loaded = said.last
        assert sorted(entry["user_prompt"] for entry in loaded.values()) == sorted(TEXTS)
        assert all(key == entry["key"] for key, entry in loaded.items())
