"""The runtime API and AWS's own client for it, with small functions in place of the package."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from infra.deploy.packaging.function import PackagedFunction
from infra.deploy.packaging.package import Package, Zip
from infra.local.packaged.runtime_api import FunctionFailedError


@contextmanager
def running(tmp_path: Path, source: str, **variables: str) -> Iterator[PackagedFunction]:
    contents = tmp_path / "contents"
    contents.mkdir()
    (contents / "app.py").write_text(textwrap.dedent(source))
    made = Zip(archive=tmp_path / "none.zip", contents=contents, unzipped_bytes=0)
    package = Package(template=tmp_path / "none.yaml", light=made, engine=made)
    function = PackagedFunction(
        "work", package, variables=variables, folder=tmp_path / "own", seconds=20, megabytes=128
    )
    with function:
        function.start()
        yield function


def test_a_function_answers_one_event_after_the_other(tmp_path: Path) -> None:
    source = """
        def work(event, context):
            left = context.get_remaining_time_in_millis()
            return {"said": event["say"], "in_time": 0 < left <= 20_000, "id": context.aws_request_id}
    """
    with running(tmp_path, source) as function:
        first, second = (function.invoke({"say": word}) for word in ("ä" * 100_000, "two"))
    assert (len(first["said"]), second["said"]) == (100_000, "two")
    assert first["in_time"]
    assert first["id"] != second["id"]


def test_an_error_is_told_and_the_function_goes_on(tmp_path: Path) -> None:
    source = """
        def work(event, context):
            return 1 / event
    """
    with running(tmp_path, source) as function:
        with pytest.raises(FunctionFailedError, match="ZeroDivisionError: division by zero"):
            function.invoke(0)
        assert function.invoke(2) == 0.5


def test_a_function_that_cannot_be_imported_says_why(tmp_path: Path) -> None:
    with (
        running(tmp_path, "import a_library_that_was_forgotten") as function,
        pytest.raises(FunctionFailedError, match="No module named 'a_library_that_was_forgotten'"),
    ):
        function.invoke({})


def test_a_function_that_dies_is_noticed(tmp_path: Path) -> None:
    source = """
        import os

        def work(event, context):
            os._exit(3)
    """
    with (
        running(tmp_path, source) as function,
        pytest.raises(FunctionFailedError, match="ended with status 3"),
    ):
        function.invoke({})


def test_it_has_lambdas_environment_and_nothing_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    source = """
        import importlib.util, os, sys, tempfile

        def work(event, context):
            libraries = ("boto3", "edsl", "pip", "pydantic", "chalicelib")
            return {
                "environment": dict(os.environ),
                "found": [name for name in libraries if importlib.util.find_spec(name)],
                "temporary": tempfile.gettempdir(),
            }
    """
    with running(tmp_path, source, PERCH_STAGE="dev") as function:
        said = function.invoke({})
    environment = said["environment"]
    assert said["found"] == []
    assert said["temporary"] == str(tmp_path / "own" / "tmp")
    assert environment["PERCH_STAGE"] == "dev"
    assert environment["_HANDLER"] == "app.work"
    assert environment["LAMBDA_TASK_ROOT"] == str(tmp_path / "contents")
    assert not {"HOME", "OPENAI_API_KEY", "VIRTUAL_ENV"} & set(environment)


def test_nothing_it_started_outlives_it(tmp_path: Path) -> None:
    source = """
        import subprocess

        def work(event, context):
            return subprocess.Popen(["sleep", "60"], start_new_session=True).pid
    """
    with running(tmp_path, source) as function:
        child = psutil.Process(function.invoke({}))
        assert child.is_running()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
