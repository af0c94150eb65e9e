"""The routes as clients call them: shapes of answers, and errors that always have words."""

import json
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.services.accounts.releases import note_release
from chalicelib.services.jobs import submit
from chalicelib.services.providers import refresh_models
from chalicelib.storage.aws.clients import secretsmanager, sqs
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job
from tests.support.routes import routes_of
from tests.support.stage import Stage, limit
from tests.support.walk import deliver, queued, ran

ADA = {"Authorization": "Bearer key-ada", "Content-Type": "application/json"}
ROUTES = [
    ("POST", "/api/v0/new-remote-inference"),
    ("POST", "/api/v0/new-remote-inference/uploaded"),
    ("POST", "/api/v0/remote-inference"),
    ("GET", "/api/v0/remote-inference"),
    ("POST", "/api/v0/remote-inference/update-status"),
    ("POST", "/api/v0/remote-inference/retry"),
    ("POST", "/api/v0/remote-inference/pull"),
    ("GET", "/api/v0/remote-inference/list"),
    ("GET", "/api/v0/remote-inference/job/some-id/results/manifest"),
    ("GET", "/api/v0/remote-inference/job/some-id/results/page"),
    ("GET", "/jobs/status"),
    ("GET", "/api/v0/remote-inference/job/some-id/history"),
    ("GET", "/api/v0/remote-inference/job/some-id/error-report"),
    ("GET", "/api/v0/remote-inference/job/some-id/error-report/task-history"),
    ("POST", "/api/v0/object"),
    ("GET", "/api/v0/object"),
    ("PATCH", "/api/v0/object"),
    ("DELETE", "/api/v0/object"),
    ("GET", "/api/v0/object/metadata"),
    ("GET", "/api/v0/object/hash/some-hash"),
    ("GET", "/api/v0/object/alias"),
    ("PATCH", "/api/v0/object/alias"),
    ("DELETE", "/api/v0/object/alias"),
    ("GET", "/api/v0/object/alias/info"),
    ("GET", "/api/v0/object/alias/metadata"),
    ("POST", "/api/v0/object/push"),
    ("POST", "/api/v0/object/upload-url"),
    ("POST", "/api/v0/object/confirm-upload"),
    ("POST", "/api/v0/object/check-format"),
    ("POST", "/api/v0/object/pull"),
    ("GET", "/api/v0/object/list"),
    ("GET", "/api/v0/object/share"),
    ("POST", "/api/v0/object/share"),
    ("POST", "/api/v0/object/unshare"),
    ("GET", "/api/v0/objects"),
    ("GET", "/api/v0/provider-keys"),
    ("POST", "/api/v0/provider-keys"),
    ("PATCH", "/api/v0/provider-keys/some-key-id"),
    ("DELETE", "/api/v0/provider-keys/some-key-id"),
    ("POST", "/api/v0/provider-keys/some-key-id/share"),
    ("POST", "/api/v0/provider-keys/some-key-id/unshare"),
    ("POST", "/api/v0/filestore/upload-url"),
    ("POST", "/api/v0/filestore/download-url"),
    ("GET", "/api/v0/alerts/secret"),
    ("PATCH", "/api/v0/edsl-settings"),
    ("GET", "/api/v0/users/profile"),
    ("PATCH", "/api/v0/users/profile"),
    ("GET", "/api/v0/keys"),
    ("POST", "/api/v0/keys"),
    ("DELETE", "/api/v0/keys/some-key-id"),
    ("POST", "/api/v0/keys/some-key-id/regenerate"),
    ("POST", "/api/v0/remote-cache"),
    ("POST", "/api/v0/remote-cache/many"),
    ("POST", "/api/v0/remote-cache/get-many"),
    ("POST", "/api/v0/remote-cache/get-diff"),
    ("GET", "/api/v0/remote-cache/continued/some-name"),
    ("DELETE", "/api/v0/remote-cache/delete-all"),
    ("POST", "/api/v0/remote-cache/get-many-by-job"),
    ("POST", "/api/v0/remote-cache/get-many-by-key"),
    ("GET", "/api/v0/remote-cache/get-by-key/some-key"),
    ("GET", "/api/v0/remote-cache/list"),
    ("GET", "/api/v0/remote-cache/entries/some-key"),
    ("DELETE", "/api/v0/remote-cache/entries/some-key"),
    ("GET", "/api/v0/remote-cache/statistics"),
    ("GET", "/api/v0/remote-cache/export"),
    ("POST", "/api/v0/remote-cache/legacy/get-many"),
    ("POST", "/api/v0/remote-cache/legacy/get-diff"),
    ("DELETE", "/api/v0/remote-cache/legacy/delete-all"),
    ("POST", "/api/v0/remote-cache-log/legacy"),
    ("DELETE", "/api/v0/remote-cache-log/legacy/delete-all"),
    ("POST", "/api/v0/remote-cache-log"),
    ("GET", "/api/v0/remote-cache-log"),
    ("DELETE", "/api/v0/remote-cache-log/delete-all"),
    ("GET", "/api/v0/models"),
    ("GET", "/api/v0/working-models"),
    ("GET", "/api/v0/prices"),
    ("GET", "/api/v0/config-vars"),
    ("POST", "/api/v0/remote-inference/cost"),
    ("GET", "/api/v0/users/get-balance"),
    ("GET", "/api/users/get_balance"),
    ("POST", "/api/users/gift"),
    ("POST", "/api/v0/users/pay-for-service"),
    ("GET", "/api/v0/credits/ledger"),
    ("GET", "/api/v0/credits/limits"),
    ("PATCH", "/api/v0/credits/limits"),
    ("PATCH", "/api/v0/credits/limits/keys/some-key-id"),
    ("POST", "/api/v0/local-job"),
    ("PATCH", "/api/v0/local-job/some-run"),
    ("POST", "/api/v0/user_service_error_logs"),
    ("GET", "/api/v0/user_service_error_logs"),
    ("POST", "/api/v0/errors"),
    ("GET", "/version/updates"),
]
FORBIDDEN_PHRASES = ("The API key you provided is invalid", "Authorization")


def ask(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> HTTPResponse:
    data = body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
    with Client(app, stage_name="unit") as client:
        return client.http.request(method, path, headers=ADA if headers is None else headers, body=data)


def created(**changes: Any) -> dict[str, Any]:
    """A creation's body as 1.0.9 sends it."""
    body = {
        "json_string": "offloaded", "description": None, "status": "queued", "iterations": 1,
        "visibility": "private", "version": "1.0.9", "initial_results_visibility": "private",
        "fresh": False,
    }  # fmt: skip
    return body | changes


def test_every_route_is_in_the_list_above(stage: Stage) -> None:
    public = {("GET", "/health"), ("GET", "/api/v0/edsl-settings"), ("POST", "/api/v0/get-api-key")}
    public |= {("POST", "/inference"), ("POST", "/embeddings")}
    named = {"some-key-id": "{key_id}", "some-id": "{job_uuid}", "some-key": "{key}", "some-name": "{name}"}
    named["some-run"] = "{run_uuid}"
    named["some-hash"] = "{object_hash}"
    listed = set()
    for method, path in ROUTES:
        shape = path
        for value, name in named.items():
            shape = shape.replace(value, name)
        listed.add((method, shape))
    assert set(routes_of("chalicelib.api")) - public == listed


@pytest.mark.parametrize("header", [None, "Bearer None", "Bearer ", "Bearer wrong", "Basic key-ada"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_good_key_every_route_says_what_to_set(
    stage: Stage, method: str, path: str, header: str | None
) -> None:
    headers = {"Content-Type": "application/json"} | ({"Authorization": header} if header else {})
    answer = ask(method, path, headers=headers)
    assert answer.status_code == 401
    assert "EXPECTED_PARROT_API_KEY" in answer.json_body["detail"]
    assert not any(phrase in answer.json_body["detail"] for phrase in FORBIDDEN_PHRASES)


@pytest.mark.parametrize(
    ("headers", "caching"),
    [
        ({}, False),
        ({"Authorization": "Bearer None"}, False),
        ({"Authorization": "Bearer wrong"}, False),
        (ADA, True),
    ],
)
def test_settings_never_let_a_client_fall_back_to_the_laptop(
    stage: Stage, headers: dict[str, str], caching: bool
) -> None:
    answer = ask("GET", "/api/v0/edsl-settings", headers=headers)
    assert answer.status_code == 200
    assert answer.json_body == {
        "remote_inference": True, "remote_caching": caching, "remote_logging": False,
    }  # fmt: skip


def test_the_newest_protocol(stage: Stage) -> None:
    made = ask("POST", "/api/v0/new-remote-inference", created(description="Mine", iterations=2)).json_body
    assert made["upload_signed_url"].startswith("https://")
    files = JobKeys(stage.account.account_id, made["job_uuid"])
    stage.deps.files.write(files.upload, json.dumps(job(agents=2)).encode())
    said = {"job_uuid": made["job_uuid"], "message": "Job uploaded successfully", "nr_questions": 4,
            "initial_results_description": "Results of mine", "task_timeout": None}  # fmt: skip
    echoed = ask("POST", "/api/v0/new-remote-inference/uploaded", said).json_body
    assert (echoed["job_uuid"], echoed["status"], echoed["iterations"]) == (made["job_uuid"], "queued", 2)
    found = stage.deps.jobs.get(made["job_uuid"])
    assert found is not None
    deliver(stage, found)
    told = ask("GET", f"/api/v0/remote-inference?job_uuid={made['job_uuid']}").json_body
    assert (told["status"], told["description"], told["version"]) == ("completed", "Mine", "1.0.9")
    assert told["latest_job_run_details"]["results_available"] is True
    pulled = ask("POST", "/api/v0/object/pull", {"object_uuid": told["results_uuid"]}).json_body
    assert pulled["object_type"] == "results"
    assert f"/results/{told['version']}.json" in pulled["signed_url"]
    by_results = ask("GET", f"/api/v0/remote-inference?results_uuid={told['results_uuid']}").json_body
    assert by_results["job_uuid"] == made["job_uuid"]
    assert authenticate("key-ada").release == "1.0.9"


def test_before_its_run_details_are_an_object(stage: Stage) -> None:
    made = ask("POST", "/api/v0/new-remote-inference", created()).json_body
    told = ask("GET", f"/api/v0/remote-inference?job_uuid={made['job_uuid']}").json_body
    assert told["status"] == "queued"
    assert told["latest_job_run_details"]["interview_details"] is None


def test_the_inline_protocol(stage: Stage) -> None:
    body = {"json_string": json.dumps(job()), "description": "Example survey", "status": "queued",
            "iterations": 1, "visibility": "unlisted", "version": "0.1.33"}  # fmt: skip
    made = ask("POST", "/api/v0/remote-inference", body).json_body
    assert made["jobs_uuid"] == made["job_uuid"]
    assert authenticate("key-ada").release == "0.1.33"
    found = stage.deps.jobs.get(made["job_uuid"])
    assert found is not None
    done = deliver(stage, found)
    told = ask("GET", f"/api/v0/remote-inference?uuid={made['jobs_uuid']}").json_body
    assert told["status"] == "completed"
    answer = ask("GET", f"/api/v0/object?uuid={done.results_id}").json_body
    assert answer["object_type"] == "results"
    assert len(json.loads(answer["json_string"])["data"]) == 1


def test_a_large_object_lies_in_s3_and_the_answer_leads_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = ran(stage, job())
    monkeypatch.setattr("chalicelib.services.content.read.QUOTED_ANSWER_BYTES", 10)
    answer = ask("GET", f"/api/v0/object?uuid={done.results_id}")
    assert answer.status_code == 303
    assert "results/1.0.9.object.json" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iterations": 0}, "iterations"),
        ({"iterations": -3}, "iterations"),
        ({"iterations": "many"}, "iterations"),
        ({"iterations": 1.5}, "iterations"),
        ({"iterations": 10**9}, "iterations"),
        ({"visibility": "everybody"}, "visibility"),
        ({"initial_results_visibility": "nobody"}, "initial_results_visibility"),
        ({"version": None}, "version"),
        ({"version": "<script>"}, "version"),
        ({"description": "x" * 20_000}, "description"),
        ({"description": 5}, "description"),
        ({"fresh": "perhaps"}, "fresh"),
        ({"task_timeout": 0}, "task_timeout"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v0/new-remote-inference", "/api/v0/remote-inference"])
def test_fields_are_checked_at_the_door(stage: Stage, path: str, changes: dict[str, Any], words: str) -> None:
    answer = ask("POST", path, created(json_string=json.dumps(job())) | changes)
    assert answer.status_code == 400
    assert words in answer.json_body["detail"]


@pytest.mark.parametrize(
    ("json_string", "words"),
    [("", "empty"), ("{", "cut off"), ("[]", "JSON object"), ('{"survey": 3}', "no survey"),
     ("[" * 9999, "nested"),
     (json.dumps({**job(), "models": [{"model": "surprise-9"}]}), "surprise-9"),
     (json.dumps({**job(), "scenarios": [{"x": float("inf")}]}), "has Infinity in 'scenarios[0].x'")],
)  # fmt: skip
def test_inline_jobs_are_checked_at_the_door(stage: Stage, json_string: str, words: str) -> None:
    answer = ask("POST", "/api/v0/remote-inference", created(json_string=json_string, version="0.1.33"))
    assert answer.status_code == 400
    assert words in answer.json_body["detail"]


@pytest.mark.parametrize("version", ["0.1.39", "0.1.40", "0.1.41", "0.1.41.dev1"])
def test_a_release_that_would_run_the_job_again_on_the_laptop_is_refused_in_words(
    stage: Stage, version: str
) -> None:
    answer = ask("POST", "/api/v0/remote-inference", created(json_string=json.dumps(job()), version=version))
    assert answer.status_code == 426
    assert "Use edsl 0.1.42 or later" in answer.json_body["detail"]
    assert ask("GET", "/api/v0/remote-inference/list").json_body == []


def test_an_inline_job_over_the_limit_is_refused(stage: Stage) -> None:
    limit(maximum_job_bytes=50)
    answer = ask("POST", "/api/v0/remote-inference", created(json_string=json.dumps(job())))
    assert answer.status_code == 413
    assert "50" in answer.json_body["detail"]


BROKEN_BODIES = (b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"job_uuid": 5}')
NO_ENTRIES = ("POST", "/api/v0/remote-cache/many", b"[]")
"""Few, but not broken."""
WITHOUT_BODIES = {"/api/v0/keys/some-key-id/regenerate", "/api/v0/local-job"}
"""Whatever is sent there is not looked at."""


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        (method, path, body)
        for method, path in ROUTES
        for body in BROKEN_BODIES
        if method in {"POST", "PATCH"} and path not in WITHOUT_BODIES and (method, path, body) != NO_ENTRIES
    ],
)
def test_broken_bodies_are_refused_in_words(stage: Stage, method: str, path: str, body: bytes) -> None:
    answer = ask(method, path, body)
    assert answer.status_code == 400
    assert isinstance(answer.json_body["detail"], str)
    assert answer.json_body["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_has_no_form_for_are_refused(stage: Stage, number: str) -> None:
    body = json.dumps(created(description={"x": ["NUMBER"]})).replace('"NUMBER"', number)
    answer = ask("POST", "/api/v0/remote-inference", body.encode())
    assert answer.status_code == 400
    named = number.replace("1e999", "Infinity")
    assert f"has {named} in 'description.x[0]', which is not JSON" in answer.json_body["detail"]


def test_a_body_over_lambdas_limit_is_refused(stage: Stage) -> None:
    answer = ask("POST", "/api/v0/remote-inference", b" " * (6 * 1024 * 1024 + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v0/remote-inference?job_uuid={}", None),
        ("GET", "/api/v0/remote-inference?uuid={}", None),
        ("GET", "/api/v0/remote-inference?results_uuid={}", None),
        ("GET", "/api/v0/remote-inference/job/{}/history", None),
        ("GET", "/api/v0/remote-inference/job/{}/results/manifest", None),
        ("GET", "/api/v0/remote-inference/job/{}/results/page", None),
        ("GET", "/api/v0/object?uuid={}", None),
        ("POST", "/api/v0/object/pull", "object_uuid"),
        ("POST", "/api/v0/remote-inference/pull", "job_uuid"),
        ("POST", "/api/v0/remote-cache/get-many-by-job", "job_uuid"),
        ("GET", "/api/v0/remote-cache/statistics?job_uuid={}", None),
        ("POST", "/api/v0/new-remote-inference/uploaded", "job_uuid"),
    ],
)
def test_a_strangers_thing_answers_exactly_as_none(
    stage: Stage, method: str, path: str, body: str | None
) -> None:
    done = ran(stage, job())
    eve = {**ADA, "Authorization": "Bearer key-eve"}
    name = done.results_id if "object" in path or "results_uuid" in path else done.job_id
    assert name is not None
    answers = []
    for asked in (name, "0" * 8 + name[8:]):
        answer = ask(method, path.format(asked), {body: asked} if body else None, headers=eve)
        answers.append((answer.status_code, answer.json_body["detail"].replace(asked, "…")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_a_wrong_method_is_told_in_words(stage: Stage) -> None:
    answer = ask("DELETE", "/api/v0/edsl-settings")
    assert answer.status_code == 405
    assert answer.json_body["detail"]


def test_an_error_of_our_own_is_no_traceback(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(submit, "announce", broken)
    answer = ask("POST", "/api/v0/new-remote-inference", created())
    assert answer.status_code == 500
    assert "secret" not in json.dumps(answer.json_body)


def test_history_is_told_oldest_first_to_the_millisecond(stage: Stage) -> None:
    done = ran(stage, job(agents=3))
    items = ask("GET", f"/api/v0/remote-inference/job/{done.job_id}/history").json_body
    assert [item["title"] for item in items] == [
        "Added to queue", "Started running", "Accessed remote cache", "Completed",
    ]  # fmt: skip
    assert [items[0]["kind"], items[1]["kind"], items[-1]["kind"]] == ["queued", "started", "completed"]
    assert all(len(item["time"].split(".")[1]) == 4 for item in items)
    assert [item["time"] for item in items] == sorted(item["time"] for item in items)
    assert items[1]["sentence"] == "3 interviews to run."
    assert items[3]["details"]["good"] == 3


def test_the_jobs_own_document_can_be_had_again(stage: Stage) -> None:
    done = ran(stage, job())
    told = ask("GET", f"/api/v0/remote-inference?job_uuid={done.job_id}&include_json_string=True").json_body
    assert json.loads(told["job_json_string"]) == job()
    assert "job_json_string" not in ask("GET", f"/api/v0/remote-inference?job_uuid={done.job_id}").json_body


@pytest.mark.moto
def test_health_tells_which_part_is_down(stage: Stage) -> None:
    assert ask("GET", "/health", headers={}).status_code == 200
    sqs().delete_queue(QueueUrl=stage.deps.settings.interviews_queue)
    answer = ask("GET", "/health", headers={})
    assert answer.status_code == 503
    parts = answer.json_body["parts"]
    assert parts["interviews queue"].startswith("does not answer")
    assert parts["jobs queue"] == "ok"


def test_models_are_those_that_the_operators_services_list(stage: Stage) -> None:
    needed = {"test": ["test"], "openai": ["gpt-4o"]}
    assert ask("GET", "/api/v0/models").json_body == needed, "who sends no job otherwise finds its default"
    note_release(authenticate("key-ada"), "1.0.9")
    assert ask("GET", "/api/v0/models").json_body == {"test": ["test"]}
    with FakeOpenAI(models=("gpt-4o", "gpt-4o-mini"), key="sk-house") as provider:
        table = {
            "openai": {"url": provider.url, "key": "sk-house"},
            "gone": {"url": "http://127.0.0.1:9/v1", "key": None},
            "anthropic": {"url": None, "key": "sk-other"},
        }
        secretsmanager().put_secret_value(
            SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(table)
        )
        refresh_models()
    listed = {"test": ["test"], "openai": ["gpt-4o", "gpt-4o-mini"], "gone": [], "anthropic": []}
    assert ask("GET", "/api/v0/models").json_body == listed
    rows = ask("GET", "/api/v0/working-models").json_body
    assert [(row["service"], row["model"]) for row in rows] == [
        ("test", "test"), ("openai", "gpt-4o"), ("openai", "gpt-4o-mini"),
    ]  # fmt: skip


def test_a_job_is_cancelled_and_an_ended_one_is_not(stage: Stage) -> None:
    made = queued(stage, job())
    said = {"job_uuid": made.job_id, "status": "cancelling"}
    assert ask("POST", "/api/v0/remote-inference/update-status", said).json_body["status"] == "cancelled"
    assert ask("POST", "/api/v0/remote-inference/update-status", said).status_code == 200
    done = ran(stage, job())
    refused = ask("POST", "/api/v0/remote-inference/update-status", {**said, "job_uuid": done.job_id})
    assert refused.status_code == 409
    assert "nothing left to cancel" in refused.json_body["detail"]


@pytest.mark.usefixtures("stage")
def test_who_asks_for_e_mail_is_told_at_once_where_none_is_sent() -> None:
    said = {"version": "1.0.9", "iterations": 1}
    wanted = {**said, "alert_on_completion_config": {"email": True}}
    for changes, words in (
        ({"alert_sender": ""}, "has chosen no sender"),
        ({"alert_sender": "perch@example.org", "email_is_kept": True}, "kept, and not sent"),
    ):
        limit(**changes)
        (warning,) = ask("POST", "/api/v0/new-remote-inference", wanted).json_body["warnings"]
        assert words in warning
        assert "warnings" not in ask("POST", "/api/v0/new-remote-inference", said).json_body
    limit(email_is_kept=False)
    assert "warnings" not in ask("POST", "/api/v0/new-remote-inference", wanted).json_body


@pytest.mark.parametrize("status", ["completed", "running", None, 5])
def test_no_other_status_can_be_asked_for(stage: Stage, status: object) -> None:
    made = queued(stage, job())
    said = {"job_uuid": made.job_id, "status": status}
    answer = ask("POST", "/api/v0/remote-inference/update-status", said)
    assert answer.status_code == 400
    assert "cancelling" in answer.json_body["detail"]


def test_error_reports_are_given_to_programs_and_to_people(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, job(agents=2))
    path = f"/api/v0/remote-inference/job/{done.job_id}/error-report"
    text = ask("GET", path).json_body["report"]
    assert "1 × RuntimeError" in text
    addressed = {**ADA, "Host": "perch.example.org", "X-Forwarded-Proto": "https"}
    shown = ask("GET", path, headers=addressed).json_body["report"]
    assert "curl -X POST https://perch.example.org/api/v0/remote-inference/retry " in shown
    assert ask("GET", f"{path}?run=1").json_body["report"] == text
    assert ask("GET", f"{path}?run=2").status_code == 404
    assert ask("GET", f"{path}?run=x").status_code == 400
    history = ask("GET", f"{path}/task-history").json_body
    assert history["error_report_uuid"] == done.job_id
    assert history["task_history"]["interviews"][0]["exceptions"]["q0"]


def test_a_failed_job_says_where_its_error_report_can_be_seen(stage: Stage) -> None:
    done, good = ran(stage, job(throw_exception=True)), ran(stage, job())
    addressed = {**ADA, "Host": "perch.example.org", "X-Forwarded-Proto": "https"}
    path = "/api/v0/remote-inference?job_uuid="
    details = ask("GET", path + done.job_id, headers=addressed).json_body["latest_job_run_details"]
    page = f"/home/remote-inference/error/{done.job_id}"
    assert details["error_report_url"] == f"https://perch.example.org{page}"
    assert details["error_report_uuid"] == done.job_id
    details = ask("GET", path + good.job_id, headers=addressed).json_body["latest_job_run_details"]
    assert details["error_report_uuid"] is None
    assert "error_report_url" not in details


def test_a_job_is_retried_and_what_was_all_good_is_not(stage: Stage) -> None:
    stage.engine.failing = {1}
    done = ran(stage, job(agents=3))
    stage.engine.failing = set()
    said = {"job_uuid": done.job_id}
    told = ask("POST", "/api/v0/remote-inference/retry", said).json_body
    assert (told["job_uuid"], told["status"]) == (done.job_id, "queued")
    deliver(stage, done)
    told = ask("GET", f"/api/v0/remote-inference?job_uuid={done.job_id}").json_body
    assert [run["scope"] for run in told["runs"]] == [None, "failed"]
    assert told["status"] == "completed"
    refused = ask("POST", "/api/v0/remote-inference/retry", {**said, "scope": "failed"})
    assert refused.status_code == 409
    assert "'all'" in refused.json_body["detail"]
    assert ask("POST", "/api/v0/remote-inference/retry", {**said, "scope": "all"}).status_code == 200


def test_a_job_is_retried_where_it_met_some_exceptions(stage: Stage) -> None:
    stage.engine.failing = {1}
    done = ran(stage, job(agents=3))
    stage.engine.failing = set()
    met = {"exception_type": "RuntimeError", "question_name": "q0", "count": 1}
    said = {"job_uuid": done.job_id, "exceptions": [{**met, "question_name": "q9"}]}
    refused = ask("POST", "/api/v0/remote-inference/retry", said)
    assert refused.status_code == 409
    assert "met an exception of these kinds" in refused.json_body["detail"]
    answer = ask("POST", "/api/v0/remote-inference/retry", {**said, "exceptions": [met]})
    assert answer.json_body["status"] == "queued"
    assert deliver(stage, done).status == "completed"


@pytest.mark.parametrize(
    "exceptions",
    [
        *(
            [],
            {},
            "RuntimeError",
            ["RuntimeError"],
            [{}],
            [{"exception_type": ""}],
            [{"exception_type": None}],
        ),
        [{"exception_type": "x" * 1_001}],
        [{"exception_type": str(number)} for number in range(21)],
        [{"exception_type": "RuntimeError", "model": 5}],
    ],
)
def test_exceptions_that_are_none_are_refused(stage: Stage, exceptions: object) -> None:
    done = ran(stage, job())
    said = {"job_uuid": done.job_id, "exceptions": exceptions}
    answer = ask("POST", "/api/v0/remote-inference/retry", said)
    assert answer.status_code == 400
    assert "exceptions" in answer.json_body["detail"]


def test_exceptions_narrow_only_what_failed(stage: Stage) -> None:
    done = ran(stage, job())
    said = {"job_uuid": done.job_id, "scope": "all", "exceptions": [{"exception_type": "RuntimeError"}]}
    answer = ask("POST", "/api/v0/remote-inference/retry", said)
    assert answer.status_code == 400
    assert "'failed' only" in answer.json_body["detail"]


@pytest.mark.parametrize("scope", ["some", None, 5])
def test_a_retry_of_no_known_scope_is_refused(stage: Stage, scope: object) -> None:
    done = ran(stage, job())
    answer = ask("POST", "/api/v0/remote-inference/retry", {"job_uuid": done.job_id, "scope": scope})
    assert answer.status_code == 400
    assert "scope" in answer.json_body["detail"]
