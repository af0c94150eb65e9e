"""Settings are what the environment says, checked; what is given goes before it."""

import pytest
from pydantic import ValidationError

from chalicelib.settings import PREFIX, Settings

NEEDED = {name: f"the {name}" for name, field in Settings.model_fields.items() if field.is_required()}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in NEEDED.items():
        monkeypatch.setenv(PREFIX + name.upper(), value)
    for name in ("LEASE_SECONDS", "CACHE_SCOPE"):
        monkeypatch.delenv(PREFIX + name, raising=False)
    return monkeypatch


def test_the_environment_is_read_and_what_is_given_goes_before_it(environment: pytest.MonkeyPatch) -> None:
    assert Settings().jobs_table == "the jobs_table"
    assert Settings().lease_seconds == Settings.model_fields["lease_seconds"].default
    environment.setenv("PERCH_LEASE_SECONDS", "12")
    environment.setenv("PERCH_RUN_WITHOUT_WALLS", "true")
    assert (Settings().lease_seconds, Settings().run_without_walls) == (12, True)
    assert Settings(lease_seconds=13).lease_seconds == 13


@pytest.mark.parametrize(
    ("name", "value"), [("LEASE_SECONDS", "soon"), ("LEASE_SECONDS", ""), ("CACHE_SCOPE", "everybody")]
)
def test_what_is_no_value_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(PREFIX + name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [error["loc"] for error in refused.value.errors()] == [(name.lower(),)]


def test_what_is_missing_is_named_and_what_is_unknown_refused(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("PERCH_JOBS_TABLE")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [error["loc"] for error in refused.value.errors()] == [("jobs_table",)]
    with pytest.raises(ValidationError):
        Settings(jobs_table="a", no_such_setting=1)


def test_settings_do_not_change(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError):
        Settings().stage = "other"  # type: ignore[misc]
