"""What differs between client releases."""

import json

import pytest

from chalicelib.domain.errors import NotAnEdslJobError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.status import JobStatus
from chalicelib.releases.prepare import check_shape, default_models, prepared_model, prepared_survey
from chalicelib.releases.release import RELEASES, Release, release_of, told_status, version_numbers
from chalicelib.releases.render import as_object, render
from tests.support.jobs import job

OLD, MIDDLE, NEW = release_of("0.1.33"), release_of("0.1.62"), release_of("1.0.9")


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("0.1.33", "0.1.33"), ("0.1.33.dev1", "0.1.33"), ("0.1.36", "0.1.33"), ("0.1.38", "0.1.37"),
        ("0.1.2", "0.1.33"),
        ("0.1.41", "0.1.39"), ("0.1.45", "0.1.42"), ("0.1.46.dev3", "0.1.42"), ("0.1.54", "0.1.50"),
        ("0.1.60", "0.1.55"), ("0.1.61", "0.1.61"), ("0.1.62", "0.1.62"), ("1.0.6", "0.1.62"),
        ("1.0.8", "1.0.7"),
        ("1.0.9", "1.0.9"), ("1.0.10", "1.0.9"), ("2.3.1", "1.0.9"), ("unknown", "1.0.9"),
    ],
)  # fmt: skip
def test_a_version_is_treated_as_the_newest_release_it_is_not_older_than(version: str, name: str) -> None:
    assert release_of(version).name == name


def test_releases_are_listed_oldest_first() -> None:
    numbers = [version_numbers(release.name) for release in RELEASES]
    assert numbers == sorted(set(numbers))
    assert all(numbers)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ([], "JSON object"),
        ({}, "no survey"),
        ({"survey": {"questions": []}, "agents": [], "models": [], "scenarios": []}, "no questions"),
        ({"survey": {"questions": [{}]}, "agents": {}, "models": [], "scenarios": []}, "agents"),
        ({"survey": {"questions": [{}]}, "agents": [], "models": ["x"], "scenarios": []}, "models"),
    ],
)
def test_what_is_no_job_is_refused_in_words(payload: object, words: str) -> None:
    with pytest.raises(NotAnEdslJobError) as refused:
        check_shape(payload)
    assert words in refused.value.detail


FUNCTION = {"question_name": "twice", "question_type": "functional"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"survey": {"questions": [FUNCTION]}}, "'twice' is answered by a Python function"),
        (
            {
                "agents": [
                    {"name": "Ada", "traits": {}, "dynamic_traits_function_source_code": "def f(): ..."}
                ]
            },
            "The agent 'Ada' has a Python method of its own",
        ),
        (
            {"agents": [{"traits": {}, "answer_question_directly_source_code": "def f(): ..."}]},
            "The agent without a name has a Python method of its own",
        ),
    ],
)
def test_python_that_cannot_run_is_refused_in_words(changed: dict[str, object], words: str) -> None:
    with pytest.raises(NotAnEdslJobError) as refused:
        check_shape({**job(), **changed})
    assert words in refused.value.detail


def test_a_function_that_came_along_is_taken() -> None:
    sent = {**job(), "survey": {"questions": [{**FUNCTION, "function_source_code": "def twice(): ..."}]}}
    assert check_shape(sent) is sent


def test_a_job_without_a_model_gets_the_clients_own_default() -> None:
    found = [(model["inference_service"], model["model"]) for model in default_models(OLD)]
    assert found == [("openai", "gpt-4o")]


@pytest.mark.parametrize(
    ("model", "service"),
    [("gpt-4o", "openai"), ("claude-3-5-sonnet-20240620", "anthropic"), ("gemini-pro", "google"),
     ("test", "test"), ("meta-llama/Llama-2-70b-chat-hf", "deep_infra"), ("mixtral-8x7b-32768", "groq")],
)  # fmt: skip
def test_old_clients_models_get_the_service_their_names_point_to(model: str, service: str) -> None:
    sent = {"model": model, "parameters": {}}
    assert prepared_model(sent, OLD) == {**sent, "inference_service": service}
    assert prepared_model(sent, NEW) is sent
    named = {**sent, "inference_service": "own"}
    assert prepared_model(named, OLD) is named


def test_a_model_of_no_known_service_is_not_silently_the_test_model() -> None:
    with pytest.raises(NotAnEdslJobError, match="surprise-9"):
        prepared_model({"model": "surprise-9", "parameters": {}}, OLD)


def test_rules_get_the_order_of_questions() -> None:
    sent = job(questions=("first", "second"))
    sent["survey"]["questions"].insert(
        1, {"name": "note", "text": "Listen.", "edsl_class_name": "Instruction"}
    )
    prepared = prepared_survey(sent["survey"])
    assert prepared["rule_collection"]["question_name_to_index"] == {"first": 0, "second": 1}
    assert "question_name_to_index" not in sent["survey"]["rule_collection"]
    assert prepared_survey(prepared) is prepared


ROWS = [
    InterviewRow(0, {"answer": {"q0": 'Hello "you" ü'}}),
    InterviewRow(
        1, {"answer": {"q0": None}}, {"": [{"exception": {"type": "InterviewLostError", "message": "gone"}}]}
    ),
    InterviewRow(2, {"answer": {"q0": None}}, {"q0": [{"exception": {"type": "E", "message": "m"}}]}),
]


@pytest.mark.parametrize("release", RELEASES)
def test_results_are_one_document_with_the_clients_own_survey(release) -> None:
    survey = job()["survey"]
    pieces = list(render(release, survey=survey, rows=ROWS, failures=ROWS[1:]))
    document = json.loads("".join(pieces))
    assert [row["answer"]["q0"] for row in document["data"]] == ['Hello "you" ü', None, None]
    assert document["survey"] == survey
    assert document["cache"] == {}
    if release.reads_task_history:
        interviews = document["task_history"]["interviews"]
        assert [list(item["exceptions"]) for item in interviews] == [[""], ["q0"]]
    else:
        assert "task_history" not in document
    wrapped = json.loads("".join(as_object(pieces, "results")))
    assert json.loads(wrapped["json_string"]) == document
    assert wrapped["object_type"] == "results"


def test_a_run_without_exceptions_has_no_task_history() -> None:
    document = json.loads("".join(render(NEW, survey={}, rows=ROWS[:1], failures=[])))
    assert "task_history" not in document


@pytest.mark.parametrize("version", ["0.1.33", "0.1.38", "0.1.42", "0.1.49"])
def test_old_clients_are_never_told_a_status_they_poll_on_forever(version: str) -> None:
    assert release_of(version).statuses[JobStatus.PARTIAL_FAILED] is JobStatus.COMPLETED


@pytest.mark.parametrize("version", ["0.1.50", "0.1.61", "0.1.62", "1.0.6", "1.0.7"])
def test_who_knows_that_a_part_failed_is_told(version: str) -> None:
    assert JobStatus.PARTIAL_FAILED not in release_of(version).statuses


@pytest.mark.parametrize(
    ("version", "fields"),
    [("0.1.33", 7), ("0.1.46", 7), ("0.1.47", 8), ("0.1.54", 8), ("0.1.55", 9), ("1.0.9", 9)],
)
def test_cache_entries_have_only_fields_that_the_release_loads(version: str, fields: int) -> None:
    assert len(release_of(version).entry_fields) == fields


@pytest.mark.parametrize(
    ("version", "refused"), [("0.1.38", False), ("0.1.39", True), ("0.1.41", True), ("0.1.42", False)]
)
def test_who_throws_results_away_is_refused_in_words(version: str, refused: bool) -> None:
    refusal = release_of(version).refusal
    assert (refusal is not None) == refused
    assert refusal is None or "disable_remote_inference=True" in refusal


@pytest.mark.parametrize("release", RELEASES)
def test_what_an_earlier_perch_rendered_is_found_under_a_name_of_ours(release: Release) -> None:
    once = release.once_rendered_as
    assert once is None or release_of(once).name == once


def test_a_client_that_runs_cancelled_jobs_itself_is_told_of_a_status_that_it_loads_results_after() -> None:
    assert MIDDLE.statuses == {JobStatus.CANCELLED: JobStatus.FAILED}
    assert MIDDLE.runs_itself_after == {JobStatus.FAILED, JobStatus.CANCELLED}


def test_the_newest_release_is_told_everything_as_it_is() -> None:
    assert NEW.statuses == {}
    assert not NEW.runs_itself_after


@pytest.mark.parametrize(
    ("version", "results_id", "told"),
    [
        ("1.0.9", "some", JobStatus.CANCELLED), ("1.0.9", None, JobStatus.FAILED),
        ("1.0.7", None, JobStatus.FAILED), ("0.1.62", "some", JobStatus.FAILED),
        ("0.1.38", None, JobStatus.CANCELLED),
    ],
)  # fmt: skip
def test_of_a_cancelled_job_is_told_what_the_release_gives_a_reason_after(
    version: str, results_id: str | None, told: JobStatus
) -> None:
    cancelled = Job("job", "account", version, 0, status=JobStatus.CANCELLED, results_id=results_id)
    assert told_status(cancelled) is told


@pytest.mark.parametrize("release", RELEASES)
def test_no_release_is_left_to_run_a_job_itself_after_a_status_it_is_told(release: Release) -> None:
    """Whatever status leads it to the laptop, it is told one after which it loads results."""
    for status in release.runs_itself_after:
        assert release.statuses.get(status, status) in {JobStatus.FAILED, JobStatus.COMPLETED}
