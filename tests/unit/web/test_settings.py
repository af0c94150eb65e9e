"""The page of settings: what is switched, called and told, and how an account leaves."""

import io
import re
import zipfile
from http import HTTPStatus

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.events import handlers
from chalicelib.services.accounts.administration import set_disabled
from chalicelib.services.alerts.send import webhook_secret
from chalicelib.services.deps import deps
from chalicelib.services.leaving.retention import remove_old
from tests.support.jobs import job
from tests.support.pages import HOSTILE, ask, send_form, shown, signed_in
from tests.support.people import place
from tests.support.stage import Stage, limit
from tests.support.walk import delivery, ran

SETTINGS = "/home/settings"
HOUR = 3_600_000
pytestmark = pytest.mark.usefixtures("stage")


def now_of(stage: Stage) -> Account:
    found = deps().accounts.get(stage.account.account_id)
    assert found is not None
    return found


def work(stage: Stage) -> int:
    """Do what waits for the function that works on whole accounts; return how much that was."""
    messages = stage.messages(deps().settings.content_queue)
    for message in messages:
        handlers.on_content(message, delivery())
    return len(messages)


def test_what_is_ticked_is_on_and_the_rest_off(stage: Stage) -> None:
    page = shown(SETTINGS)
    assert "<strong>ada</strong> (ada@example.com)" in page
    assert 'name="remote_inference" value="yes" checked' in page
    assert 'name="remote_logging" value="yes" aria' in page
    send_form(f"{SETTINGS}/switches", {"remote_logging": "yes"})
    found = now_of(stage)
    assert (found.remote_inference, found.remote_caching, found.remote_logging) == (False, False, True)
    assert "Surveys run on your own machine" in shown(SETTINGS)


def test_the_username_is_changed(stage: Stage) -> None:
    send_form(f"{SETTINGS}/username", {"username": " ada-lovelace "})
    assert "<strong>ada-lovelace</strong>" in shown(SETTINGS)
    for taken, status in (("eve", HTTPStatus.CONFLICT), (HOSTILE, HTTPStatus.BAD_REQUEST)):
        answer = send_form(f"{SETTINGS}/username", {"username": taken})
        assert answer.status_code == status
        assert "<script>alert" not in answer.body.decode()


def test_times_are_told_by_the_accounts_own_clock(stage: Stage) -> None:
    done = ran(stage, job())
    path = f"/home/remote-inference/{done.job_id}/history"
    assert re.search(r"15 January 2027 at 08:\d\d:\d\d UTC", shown(path))
    assert send_form(f"{SETTINGS}/time-zone", {"time_zone": "Asia/Tokyo"}).status_code == HTTPStatus.SEE_OTHER
    assert re.search(r"15 January 2027 at 17:\d\d:\d\d JST", shown(path))
    assert "<option selected>Asia/Tokyo</option>" in shown(SETTINGS)
    assert re.search(r"at 08:\d\d:\d\d UTC", shown(SETTINGS, key="key-eve"))
    part = shown(f"/home/remote-inference/{done.job_id}", only_part=True)
    assert "JST" in part


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", HOSTILE, "x" * 50_000, "utc\0"],
)
def test_a_time_zone_that_is_none_changes_nothing(stage: Stage, name: str) -> None:
    answer = send_form(f"{SETTINGS}/time-zone", {"time_zone": name})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "<script>alert" not in answer.body.decode()
    assert now_of(stage).time_zone == "UTC"


def test_a_time_zone_that_is_known_no_more_is_told_as_utc(stage: Stage) -> None:
    deps().accounts.set_time_zone(stage.account.account_id, "Mars/Olympus")
    assert re.search(r"It is now 15 January 2027 at 08:\d\d:\d\d UTC", shown(SETTINGS))


def test_what_webhooks_are_signed_with_is_shown_to_who_asks(stage: Stage) -> None:
    assert "whsec_" not in shown(SETTINGS)
    page = send_form(f"{SETTINGS}/alerts-secret", {}).body.decode()
    assert webhook_secret(stage.account.account_id) in page
    assert webhook_secret(stage.stranger.account_id) not in page


def test_whether_there_is_e_mail_is_said() -> None:
    limit(alert_sender="")
    assert "This Perch sends no e-mail" in shown(SETTINGS)
    limit(alert_sender="perch@example.org")
    assert "by e-mail to ada@example.com and by up to" in shown(SETTINGS)
    limit(email_is_kept=True)
    assert "it keeps e-mail and sends none" in shown(SETTINGS)


def test_everything_is_exported_into_one_file(stage: Stage) -> None:
    done = ran(stage, job())
    assert ask("GET", f"{SETTINGS}/export", cookie=signed_in()).status_code == HTTPStatus.NOT_FOUND
    for _ in range(3):
        send_form(f"{SETTINGS}/export", {})
    assert "is being made" in shown(SETTINGS)
    assert work(stage) == 1
    assert "is ready" in shown(SETTINGS)
    led = ask("GET", f"{SETTINGS}/export", cookie=signed_in())
    assert led.status_code == HTTPStatus.SEE_OTHER
    data = deps().files.read(place(led.headers["Location"]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert f"jobs/{done.job_id}/results.json" in archive.namelist()
        assert b"eve@example.com" not in archive.read("account.json")
    assert "Download (zip)" not in shown(SETTINGS, key="key-eve")
    assert ask("GET", f"{SETTINGS}/export", cookie=signed_in("key-eve")).status_code == HTTPStatus.NOT_FOUND


def test_a_file_that_does_not_come_is_told_and_asked_for_anew(stage: Stage) -> None:
    send_form(f"{SETTINGS}/export", {})
    stage.messages(deps().settings.content_queue)
    stage.now += HOUR
    assert "has not come about" in shown(SETTINGS)
    send_form(f"{SETTINGS}/export", {})
    assert work(stage) == 1
    assert "is ready" in shown(SETTINGS)


@pytest.mark.parametrize("typed", ["", "ad", "eve", "eve@example.com", HOSTILE, "x" * 10_000])
def test_an_account_is_deleted_only_if_its_name_is_typed(stage: Stage, typed: str) -> None:
    assert "for good" in shown(f"{SETTINGS}/leave")
    answer = send_form(f"{SETTINGS}/leave", {"typed": typed})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert not now_of(stage).disabled
    assert work(stage) == 0


@pytest.mark.parametrize("typed", ["ada", " ADA@example.com "])
def test_an_account_that_leaves_is_closed_at_once_and_then_gone(stage: Stage, typed: str) -> None:
    done = ran(stage, job())
    cookie = signed_in()
    work(stage)
    answer = send_form(f"{SETTINGS}/leave", {"typed": typed})
    assert "Your account is closed" in answer.body.decode()
    assert ask("GET", SETTINGS, cookie=cookie).headers["Location"].startswith("/login")
    assert deps().jobs.get(done.job_id) is not None
    assert work(stage) == 1
    assert deps().accounts.get(stage.account.account_id) is None
    assert deps().jobs.get(done.job_id) is None
    assert deps().accounts.get(stage.stranger.account_id) is not None


def test_a_departure_whose_message_was_lost_is_finished_an_hour_later(stage: Stage) -> None:
    send_form(f"{SETTINGS}/leave", {"typed": "ada"})
    stage.messages(deps().settings.content_queue)
    remove_old(lambda: 900.0)
    assert deps().accounts.get(stage.account.account_id) is not None
    stage.now += HOUR
    assert remove_old(lambda: 900.0).troubles == []
    assert deps().accounts.get(stage.account.account_id) is None


def test_whom_an_operator_enables_again_stays(stage: Stage) -> None:
    send_form(f"{SETTINGS}/leave", {"typed": "ada"})
    set_disabled(now_of(stage), False)
    assert work(stage) == 1
    stage.now += HOUR
    remove_old(lambda: 900.0)
    assert not now_of(stage).disabled


def test_a_form_without_the_mark_changes_nothing(stage: Stage) -> None:
    before = now_of(stage)
    said = {"username": "other", "time_zone": "Asia/Tokyo", "typed": "ada"}
    for form in ("switches", "username", "time-zone", "alerts-secret", "export", "leave"):
        answer = send_form(f"{SETTINGS}/{form}", said, marked=False)
        assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert now_of(stage) == before
    assert work(stage) == 0
