"""Large uploads are checked by a function of their own; until then, or if refused, the old value is read."""

import json
from typing import Any

import pytest

from chalicelib.events import handlers
from chalicelib.services.content import read, upload
from chalicelib.services.content.delete import delete
from chalicelib.services.content.messages import ONCE_IN
from chalicelib.services.content.pending import HOUR
from chalicelib.services.leaving.retention import remove_old
from tests.support.fakes.aws.faults import CrashError, Fault
from tests.support.fakes.aws.stage import FakeStage
from tests.support.people import ADA, EVE, agent, put
from tests.support.stage import Stage
from tests.support.walk import delivery, drain

METADATA = "/object/metadata?uuid={}"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has more than 200 bytes is large."""
    monkeypatch.setattr(upload, "CHECKED_AT_ONCE", 200)


def large(name: str = "Grace") -> dict[str, Any]:
    return {**agent(name), "instruction": "x" * 200}


def told(content_id: str) -> tuple[bool, str | None]:
    """Return whether an object's upload is being checked, and why the last was refused."""
    metadata = ADA.told("GET", METADATA.format(content_id))
    return metadata["checking"], metadata["refused"]


def messages(stage: Stage) -> list[dict[str, Any]]:
    return stage.messages(stage.deps.settings.content_queue)


def versions(stage: Stage, content_id: str) -> int:
    folder = f"account/{stage.account.account_id}/content/{content_id}/version/"
    return sum(1 for name in stage.deps.files.under(folder) if name.endswith(".json"))


def test_a_large_upload_is_read_once_it_is_checked(stage: Stage) -> None:
    made = ADA.push(agent("Ada"), visibility="unlisted")
    answer = ADA.replace(made, large())
    assert answer.json_body["processing_started"] is True
    assert told(made) == (True, None)
    assert ADA.pull(made) == EVE.pull(made) == agent("Ada")
    drain(stage)
    assert told(made) == (False, None)
    assert ADA.pull(made) == EVE.pull(made) == large()


def test_one_that_is_too_large_to_be_wrapped_at_once_is_wrapped_when_it_is_checked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (upload, read):
        monkeypatch.setattr(module, "LARGEST_AT_ONCE", 10)
    made = ADA.push(large(), version="0.1.33")
    drain(stage)
    assert ADA.get(made) == large()


def test_one_that_was_there_never_before_is_awaited(stage: Stage) -> None:
    made = ADA.push(large(), visibility="public")
    assert ADA.listed() == EVE.listed("community=True") == []
    answer = ADA.ask("POST", "/object/pull", {"object_uuid": made})
    assert (answer.status_code, "being checked" in answer.json_body["detail"]) == (404, True)
    assert EVE.ask("POST", "/object/pull", {"object_uuid": made}).status_code == 404
    drain(stage)
    assert [one["uuid"] for one in ADA.listed()] == [made]
    assert EVE.pull(made) == large()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"x" * 300, "not JSON"),
        (json.dumps(large()).encode()[:-1], "cut off"),
        ({**large(), "traits": None}, "'traits' of it is not an object"),
        ({**large(), "edsl_class_name": "Survey"}, "of the class Survey"),
    ],
    ids=["no JSON", "cut off", "shape", "class"],
)
def test_a_broken_one_is_refused_with_the_reason_and_leaves_what_was_there(
    stage: Stage, value: Any, words: str
) -> None:
    made = ADA.push(agent("Ada"))
    ADA.replace(made, value)
    drain(stage)
    checking, refused = told(made)
    assert not checking
    assert words in (refused or "")
    assert ADA.pull(made) == agent("Ada")
    assert versions(stage, made) == 1
    again = ADA.ask("POST", "/object/confirm-upload", {"object_uuid": made})
    assert (again.status_code, again.json_body["detail"]) == (400, refused)
    ADA.replace(made, large())
    assert told(made) == (True, None)
    drain(stage)
    assert ADA.pull(made) == large()


def test_the_newest_of_several_uploads_is_read(stage: Stage) -> None:
    made = ADA.push(agent("Ada"))
    ADA.replace(made, large("first"))
    first = messages(stage)
    ADA.replace(made, large("second"))
    second = messages(stage)
    for message in second + first + second:
        handlers.on_content(message, delivery())
    assert ADA.pull(made) == large("second")
    assert told(made) == (False, None)


def test_a_small_one_overtakes_a_large_one_that_is_being_checked(stage: Stage) -> None:
    made = ADA.push(agent("Ada"))
    ADA.replace(made, large())
    ADA.replace(made, agent("Eve"))
    drain(stage)
    assert ADA.pull(made) == agent("Eve")
    assert told(made) == (False, None)


def test_what_is_deleted_meanwhile_is_not_checked(stage: Stage) -> None:
    made = ADA.push(agent("Ada"))
    ADA.replace(made, large())
    delete(stage.account, made)
    drain(stage)
    assert stage.deps.contents.get(made) is None
    assert versions(stage, made) == 0


def test_a_check_that_cannot_be_made_is_a_refusal(stage: Stage) -> None:
    made = ADA.push(agent("Ada"))
    ADA.replace(made, large())
    (message,) = messages(stage)
    handlers.on_dead_content(message, delivery())
    checking, refused = told(made)
    assert not checking
    assert "Upload it again" in (refused or "")
    assert ADA.pull(made) == agent("Ada")
    handlers.on_dead_content(message, delivery())
    handlers.on_dead_content({"kind": "render", "content_id": made, "release": "1.0.9"}, delivery())
    ADA.replace(made, large())
    handlers.on_dead_content(message, delivery())
    drain(stage)
    assert ADA.pull(made) == large()


def test_a_lost_message_is_sent_again_by_a_second_confirmation_and_by_the_remover(stage: Stage) -> None:
    made = ADA.push(agent("Ada"))
    ADA.replace(made, large())
    assert len(messages(stage)) == 1
    for _ in range(3):
        ADA.told("POST", "/object/confirm-upload", {"object_uuid": made})
    assert messages(stage) == []
    stage.now += ONCE_IN * 1000
    for _ in range(3):
        ADA.told("POST", "/object/confirm-upload", {"object_uuid": made})
    assert len(messages(stage)) == 1
    stage.now += 2 * HOUR
    remove_old(lambda: 900.0)
    drain(stage)
    assert ADA.pull(made) == large()


def test_looks_at_what_is_being_checked_ask_for_no_more_checks(stage: Stage) -> None:
    """Of a scenario whose client never says that it was uploaded, anybody's look takes the upload."""
    said = {"object_type": "scenario", "json_string": "", "visibility": "public", "version": "1.0.9"}
    made = ADA.told("POST", "/object", said)["uuid"]
    put(made, {"x": "y" * 300}, silent=True)
    for person in (ADA, EVE, EVE):
        assert person.ask("GET", f"/object?uuid={made}").status_code == 404
    assert len(messages(stage)) == 1
    stage.now += ONCE_IN * 1000
    assert EVE.ask("GET", f"/object?uuid={made}").status_code == 404
    drain(stage)
    assert EVE.get(made) == {"x": "y" * 300}


def test_wherever_its_function_dies_it_is_done_when_the_message_comes_again(stage: FakeStage) -> None:
    for value in (large(), {**large(), "traits": None}):
        made = ADA.push(agent("Ada"))
        ADA.replace(made, value)
        (message,) = messages(stage)
        for death in range(100):
            stage.aws.faults.plan(Fault.CRASH_AFTER, skip=death)
            try:
                handlers.on_content(message, delivery())
            except CrashError:
                stage.aws.faults.forget()
            else:
                break
        stage.aws.faults.forget()
        assert 1 < death < 99
        checking, refused = told(made)
        assert not checking
        assert ADA.pull(made) == (agent("Ada") if refused else large())


def test_wherever_the_confirmation_dies_the_next_one_does_it(stage: FakeStage) -> None:
    made = ADA.push(agent("Ada"))
    ADA.told("POST", "/object/upload-url", {"object_uuid": made})
    put(made, large())
    for death in range(100):
        stage.aws.faults.plan(Fault.CRASH_AFTER, skip=death)
        try:
            upload.confirm(stage.account, made)
        except CrashError:
            stage.aws.faults.forget()
        else:
            break
    stage.aws.faults.forget()
    assert 1 < death < 99
    drain(stage)
    assert ADA.pull(made) == large()
