"""A line of the log is JSON, carries the ids it is about, and quotes nobody."""

import json
import threading

import pytest
from pydantic import BaseModel

from chalicelib.logs.context import about, carried, correlation_id, marked, note
from chalicelib.logs.errors import LONGEST_MESSAGE
from chalicelib.logs.lines import logger_of, this_process
from chalicelib.logs.metrics import Metric, write_metrics
from tests.support.log import caught

SECRET = "what-nobody-may-read"
logger = logger_of("a-test")


class Wanted(BaseModel):
    number: int


def test_lines_carry_what_their_block_is_about() -> None:
    # Other tests have noted a job where no block ends.
    with caught() as log, about(account="ada", correlation_id="c-1", job=""):
        with about(job="j-1", run=0, slice=0, object=""):
            logger.info("within")
            note(job="j-2")
            logger.info("noted")
        logger.info("after")
    within, noted, after = log.lines
    assert (within["account"], within["job"], within["slice"], within["correlation_id"]) == (
        "ada",
        "j-1",
        0,
        "c-1",
    )
    assert "object" not in within
    assert (noted["job"], noted["account"]) == ("j-2", "ada")
    assert "job" not in after
    assert (after["level"], after["service"], after["account"]) == ("INFO", "a-test", "ada")


def test_a_lines_own_words_come_before_those_of_its_block() -> None:
    with caught() as log, about(run=1):
        logger.info("told", run=2)
    assert log.lines[0]["run"] == 2


def test_a_thread_that_is_given_it_carries_it_on_and_no_other_does() -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(correlation_id())

    with about(correlation_id="c-1"):
        for work in (carried(look), look):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    assert seen == ["c-1", ""]


def test_messages_carry_on_by_what_all_is_found() -> None:
    assert marked({"start": 1}) == {"start": 1}
    with about(correlation_id="c-1"):
        assert marked({"start": 1}) == {"start": 1, "correlation_id": "c-1"}
        assert marked({"start": 1}, "of the job") == {"start": 1, "correlation_id": "of the job"}
        assert marked({"start": 1}, "") == {"start": 1}


def test_a_strangers_words_make_no_line_of_their_own_and_are_cut() -> None:
    with caught() as log, about(job='x"}\n{"job": "' + "y" * 10_000):
        logger.info("told")
    (line,) = log.lines
    assert len(line["job"]) <= 100
    assert len(log.text.splitlines()) == 1


def test_an_error_is_told_with_its_way_and_its_causes_but_without_values() -> None:
    def fails() -> None:
        try:
            Wanted.model_validate({"number": SECRET})
        except ValueError as error:
            raise RuntimeError("it cannot be read " + "x" * 1000) from error

    with caught() as log:
        try:
            fails()
        except RuntimeError:
            logger.exception("A try failed")
    (line,) = log.lines
    assert SECRET not in log.text
    assert "in fails" in line["exception"]
    assert line["exception"].index("ValidationError: a value was no good") < line["exception"].index(
        "RuntimeError"
    )
    assert "x" * LONGEST_MESSAGE not in line["exception"]


def test_an_errors_chain_that_bites_its_tail_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    with caught() as log:
        logger.error("A try failed", exc_info=one)
    assert log.lines[0]["exception"].count("ValueError") == 2


def test_a_process_is_called_what_its_log_is_found_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_HANDLER", "app.worker")
    assert this_process().startswith("worker ")
    monkeypatch.setenv("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/29/[$LATEST]abc")
    assert this_process() == "2026/11/29/[$LATEST]abc"


def test_metrics_are_in_the_form_that_cloudwatch_reads(capsys: pytest.CaptureFixture[str]) -> None:
    write_metrics("perch-test", {Metric.LEASES_LOST: 2, Metric.JOBS_FAILED: 1})
    said = json.loads(capsys.readouterr().out)
    assert (said["LeasesLost"], said["JobsFailed"], said["service"]) == ([2.0], [1.0], "perch-test")
    (told,) = said["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "Perch"
    assert {metric["Name"] for metric in told["Metrics"]} == {"LeasesLost", "JobsFailed"}
