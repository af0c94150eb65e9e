"""Which release comes how far: the core journey and all endings, for any release of edsl.

``make test-clients RELEASES="0.1.45 1.0.4"`` tries others than the four that stand for all.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.releases.release import release_of, version_numbers
from infra.repository import ROOT
from tests.clients import conftest
from tests.clients.conftest import Perch
from tests.clients.journey_table import cells, told, with_table
from tests.clients.journeys import SLOW, Journey, Part, lead
from tests.journey.browser import Browser

pytestmark = [pytest.mark.clients, pytest.mark.timeout(1800)]
RELEASES = tuple(os.environ.get("PERCH_CLIENT_RELEASES", "").split()) or conftest.RELEASES
REFUSED = tuple(release for release in RELEASES if release_of(release).refusal)
"""Nothing keeps these from running a job again on the laptop, so they are told at the door."""
SERVED = tuple(release for release in RELEASES if release not in REFUSED)
CANCELS_RAISE = "1.0.7"
"""From here on a cancelled job raises, also where it has answers; its Results are there to be pulled."""
RESULTS_OF_FAILED = "0.1.42"
"""From here on a failed job's Results are loaded: they say what went wrong."""
TABLE = ROOT / "docs" / "clients.md"
WRITES_TABLE = bool(os.environ.get("PERCH_WRITES_CLIENT_TABLE"))
SIDE_BY_SIDE = 3
BOAT = [{"q": "An answer."}]

JourneyOf = Callable[[str], Journey]


@pytest.fixture(scope="session")
def journey_of(perch: Perch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyOf]:
    """Return what came of a release's journey. They set out side by side, and mostly wait."""
    with (
        perch.provider.holding(lambda prompt: SLOW in prompt),
        ThreadPoolExecutor(SIDE_BY_SIDE) as pool,
    ):
        found = {
            release: pool.submit(lead, release, perch, tmp_path_factory.mktemp(release))
            for release in RELEASES
        }
        yield lambda release: found[release].result()
        for journey in found.values():
            journey.cancel()


@pytest.fixture
def part(journey_of: JourneyOf) -> Callable[[str, str], Part]:
    """Return what came of a part of a release's journey."""
    return lambda release, name: journey_of(release).parts[name]


def since(release: str, first: str) -> bool:
    return version_numbers(release) >= version_numbers(first)


@pytest.mark.parametrize("release", RELEASES)
def test_nothing_runs_on_the_laptop_unasked(journey_of: JourneyOf, release: str) -> None:
    assert [name for name, part in journey_of(release).parts.items() if part.locally] == []


@pytest.mark.parametrize("release", RELEASES)
def test_a_survey_comes_back_and_its_rerun_asks_no_model(journey_of: JourneyOf, release: str) -> None:
    if release in REFUSED:
        assert all("Use edsl 0.1.42 or later" in part.words for part in journey_of(release).parts.values())
        return
    survey, again = (journey_of(release).parts[name] for name in ("survey", "again"))
    assert survey.answers == again.answers == [{"mood": "Good", "age": 41}], survey.words
    assert (survey.prompts, again.prompts) == (2, 0)


@pytest.mark.parametrize("release", SERVED)
def test_where_some_fail_the_rest_comes_back(part: Callable[[str, str], Part], release: str) -> None:
    found = part(release, "partly")
    assert found.answers == [{"q": 12}, {"q": None}, {"q": 12}], found.words


@pytest.mark.parametrize("release", SERVED)
def test_where_all_fail_that_is_said(part: Callable[[str, str], Part], release: str) -> None:
    found = part(release, "failing")
    assert found.raised is None
    expected = [{"q": None}, {"q": None}] if since(release, RESULTS_OF_FAILED) else None
    assert found.answers == expected, found.words


@pytest.mark.parametrize("release", SERVED)
def test_an_unknown_service_is_told_there_or_at_the_address(
    perch: Perch, journey_of: JourneyOf, release: str
) -> None:
    journey = journey_of(release)
    found = journey.parts["unknown"]
    assert not any(answer for row in found.answers or [] for answer in row.values())
    assert ("does not offer" in found.words) == since(release, RESULTS_OF_FAILED), found.words
    browser = Browser(perch.url)
    form = browser.open("/home/remote-inference")
    page = browser.send(form, key=journey.account.key)
    assert "which this server does not offer" in page.text


@pytest.mark.parametrize("release", SERVED)
def test_who_cancels_before_an_answer_is_told_so(part: Callable[[str, str], Part], release: str) -> None:
    found = part(release, "cancelled")
    assert not any(answer for row in found.answers or [] for answer in row.values())
    if since(release, RESULTS_OF_FAILED):
        assert "The job was cancelled" in found.words


@pytest.mark.parametrize("release", SERVED)
def test_who_cancels_later_has_what_was_answered(journey_of: JourneyOf, release: str) -> None:
    journey = journey_of(release)
    found = journey.parts["cancelled later"]
    if since(release, RESULTS_OF_FAILED) and not since(release, CANCELS_RAISE):
        assert found.answers == BOAT, found.words
    else:
        assert found.answers is None
    (listed,) = [
        job
        for job in journey.account.ask("GET", "/api/v0/remote-inference/list").json()
        if job["description"] == "cancelled later"
    ]
    rows = journey.account.results({"results_uuid": listed["results_uuid"]})["data"]
    assert [row["answer"] for row in rows] == BOAT


def test_the_table_in_the_docs_tells_what_was_seen(journey_of: JourneyOf) -> None:
    """``make test-clients-all`` writes it."""
    seen = {release: cells(journey_of(release)) for release in RELEASES}
    if WRITES_TABLE:
        TABLE.write_text(with_table(TABLE.read_text(), seen))
    rows = told(TABLE.read_text())
    assert {release: rows.get(release) for release in RELEASES} == seen
