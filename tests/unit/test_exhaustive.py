"""Whoever adds a status, a kind of history item or an ending finds here what else must know of it."""

from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.api.schemas.alerts import AlertFilters, End
from chalicelib.domain.jobs.history import TITLES, HistoryKind
from chalicelib.domain.status import AT_WORK, TERMINAL, WAYS, JobStatus
from chalicelib.releases.release import RELEASES, Release
from chalicelib.services.alerts.texts import ENDS
from chalicelib.services.finishing.finish import KINDS

STATUSES = pytest.mark.parametrize("status", JobStatus)


@STATUSES
def test_every_status_has_ways_out_and_ways_in(status: JobStatus) -> None:
    assert WAYS[status]
    assert any(status in ways for ways in WAYS.values())


@STATUSES
def test_every_status_waits_is_at_work_or_has_ended(status: JobStatus) -> None:
    assert [status is JobStatus.QUEUED, status in AT_WORK, status in TERMINAL].count(True) == 1


@STATUSES
def test_an_ending_has_its_history_kind_its_words_and_its_alert(status: JobStatus) -> None:
    for known in (set(KINDS), set(ENDS), set(get_args(End))):
        assert (status in known) is status.terminal
    if status.terminal:
        assert ENDS[status].strip()
        assert TITLES[KINDS[status]].strip()


def test_endings_do_not_share_a_history_kind() -> None:
    assert len(set(KINDS.values())) == len(TERMINAL)


@STATUSES
def test_alerts_can_be_asked_for_of_endings_only(status: JobStatus) -> None:
    filters = TypeAdapter(AlertFilters)
    if status.terminal:
        assert filters.validate_python({"status": status.value}).status == status
    else:
        with pytest.raises(ValidationError):
            filters.validate_python({"status": status.value})


@pytest.mark.parametrize("kind", HistoryKind)
def test_every_kind_of_history_item_has_a_title_of_its_own(kind: HistoryKind) -> None:
    assert list(TITLES.values()).count(TITLES[kind]) == 1


@STATUSES
@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_what_a_release_is_told_ends_when_the_job_has_ended(release: Release, status: JobStatus) -> None:
    told = release.statuses.get(status, status)
    assert told.terminal is status.terminal
