"""What clients tell of their own machines: kept for whom it is, as long as it should be, whatever it says."""

from typing import Any

import pytest

from chalicelib.domain.client_reports import DAY_MILLISECONDS, ERROR_KEPT_DAYS, RUN_KEPT_DAYS
from tests.support.pages import HOSTILE, shown
from tests.support.people import ADA, EVE
from tests.support.stage import Stage

LOGS = "/user_service_error_logs"
ERROR = {
    "error_type": "RateLimitError",
    "error_message": "slow down",
    "traceback": "in ask",
    "timestamp": "x",
}
PROGRESS: dict[str, Any] = {
    "overall_progress": {"completed": 3, "has_exceptions": 1, "total": 12, "percent": 25.0},
    "language_model_progress": {"gpt-4o": {"completed": 3, "total": 12, "percent": 25.0}},
    "statistics": {"elapsed_time": [1.5, 1, "sec."]},
    "status": "running",
    "exceptions_counter": [
        {
            "exception_type": "ValueError",
            "inference_service": "openai",
            "model": "gpt-4o",
            "question_name": "q0",
            "count": 2,
        }
    ],
    "language_model_queues": {},
    "job_id": "it says so itself",
}
"""As 0.1.62 sends it."""


def begun(who: Any = ADA) -> str:
    return str(who.told("POST", "/local-job")["job_uuid"])


def page_of(run: str, **how: Any) -> str:
    return shown(f"/home/local-job-progress/{run}", **how)


def switched(on: bool, who: Any = ADA) -> None:
    who.told("PATCH", "/edsl-settings", {"remote_logging": on})


@pytest.mark.usefixtures("stage")
def test_a_local_run_is_shown_as_its_client_tells_it() -> None:
    run = begun()
    assert "edsl has told nothing of it yet" in page_of(run)
    ADA.told("PATCH", f"/local-job/{run}", PROGRESS)
    page = page_of(run)
    assert "3 of 12 interviews done, 1 of them with exceptions." in page
    assert "hx-get" in page
    assert "ValueError" in page_of(run, only_part=True)
    ended = PROGRESS | {"overall_progress": {"completed": 12, "total": 12}, "status": "completed"}
    ADA.told("PATCH", f"/local-job/{run}", ended)
    page = page_of(run)
    assert "12 of 12 interviews done: it has ended." in page
    assert "hx-get" not in page


@pytest.mark.usefixtures("stage")
def test_nobody_else_sees_or_changes_it() -> None:
    run = begun()
    assert EVE.ask("PATCH", f"/local-job/{run}", PROGRESS).status_code == 404
    assert "edsl has told nothing of it yet" in page_of(run)
    others, none = (page_of(it, key="key-eve", status=404) for it in (run, run.replace(run[0], "g")))
    assert others.replace(run, "RUN") == none.replace(run.replace(run[0], "g"), "RUN")
    missing = ADA.ask("PATCH", "/local-job/not-there", PROGRESS)
    assert (missing.status_code, "kept for a week" in missing.json_body["detail"]) == (404, True)


def test_it_is_forgotten_a_week_after_it_was_last_heard_of(stage: Stage) -> None:
    run = begun()
    stage.now += (RUN_KEPT_DAYS - 1) * DAY_MILLISECONDS
    ADA.told("PATCH", f"/local-job/{run}", PROGRESS)
    stage.now += (RUN_KEPT_DAYS - 1) * DAY_MILLISECONDS
    assert "3 of 12" in page_of(run)
    stage.now += 2 * DAY_MILLISECONDS
    page_of(run, status=404)
    assert ADA.ask("PATCH", f"/local-job/{run}", PROGRESS).status_code == 404


@pytest.mark.usefixtures("stage")
def test_what_is_hostile_is_shown_as_text_and_what_is_long_is_cut() -> None:
    run = begun()
    met = [PROGRESS["exceptions_counter"][0] | {"exception_type": HOSTILE, "question_name": None}]
    models = {f"{HOSTILE}{'x' * 1_000}{number}": {"completed": 1, "total": 2} for number in range(1_000)}
    told = PROGRESS | {"exceptions_counter": met * 1_000, "language_model_progress": models}
    ADA.told("PATCH", f"/local-job/{run}", told)
    page = page_of(run)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") == 100
    assert len(page) < 100_000


@pytest.mark.parametrize(
    "changes",
    [
        {"status": None},
        {"overall_progress": {"completed": -1}},
        {"overall_progress": {"completed": 10**30}},
        {"overall_progress": 5},
        {"language_model_progress": []},
        {"exceptions_counter": [{"count": "many"}]},
    ],
)
@pytest.mark.usefixtures("stage")
def test_what_is_no_progress_is_refused_in_words(changes: dict[str, Any]) -> None:
    run = begun()
    answer = ADA.ask("PATCH", f"/local-job/{run}", PROGRESS | changes)
    assert answer.status_code == 400
    assert next(iter(changes)) in answer.json_body["detail"]


@pytest.mark.usefixtures("stage")
def test_errors_are_kept_only_where_remote_logging_is_on() -> None:
    assert ADA.told("POST", LOGS, ERROR) == {"status": "success", "kept": False}
    assert ADA.told("GET", LOGS) == {"errors": []}
    assert "Remote logging is off" in shown("/home/remote-logging")
    switched(True)
    assert "No errors so far" in shown("/home/remote-logging")
    assert ADA.told("POST", LOGS, ERROR)["kept"]
    ADA.told("POST", "/errors", {"json_string": '"by hand"', "version": "0.1.33"})
    first, second = ADA.told("GET", LOGS)["errors"]
    assert (first["error_message"], first["version"]) == ('"by hand"', "0.1.33")
    assert (second["error_type"], second["traceback"]) == ("RateLimitError", "in ask")
    assert "slow down" in shown("/home/remote-logging")
    assert EVE.told("GET", LOGS) == {"errors": []}
    assert "slow down" not in shown("/home/remote-logging", key="key-eve")


def test_errors_are_forgotten_and_only_the_latest_are_shown(stage: Stage) -> None:
    switched(True)
    ADA.told("POST", LOGS, ERROR | {"error_message": "an old one"})
    stage.now += ERROR_KEPT_DAYS * DAY_MILLISECONDS
    assert ADA.told("GET", LOGS) == {"errors": []}
    for number in range(60):
        stage.now += 1
        ADA.told("POST", LOGS, ERROR | {"error_message": f"{HOSTILE} {number} " + "y" * 50_000})
    errors = ADA.told("GET", LOGS)["errors"]
    assert len(errors) == 50
    assert f" {59} " in errors[0]["error_message"]
    assert all(len(error["error_message"]) <= 2_000 for error in errors)
    page = shown("/home/remote-logging")
    assert "<script>alert" not in page
    assert "The latest 50" in page
