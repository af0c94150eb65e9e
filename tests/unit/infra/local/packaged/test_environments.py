"""Functions from a folder alone, under AWS's runtime client, as the local stack holds them."""

import os
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.deploy.packaging.interpreter import empty_interpreter, runtime_folder
from infra.deploy.packaging.package import FOLDER
from infra.local.access_key import VARIABLE, keep_key, make_key
from infra.local.errors import StackError
from infra.local.functions.invocation import Function, FunctionEndedError, FunctionProcess
from infra.local.packaged.description import Description
from infra.local.packaged.environments import Environments, TooManyRequestsError
from infra.local.parts.part import Part
from infra.local.stage import Limits

Make = Callable[..., FunctionProcess]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    keep_key(make_key(), tmp_path / "key")
    environment = {**os.environ, VARIABLE: str(tmp_path / "key"), "TMPDIR": str(tmp_path)}

    started: list[FunctionProcess] = []

    def made(source: str, seconds: int = 60) -> FunctionProcess:
        (tmp_path / "app.py").write_text(textwrap.dedent(source))
        Description(
            python=empty_interpreter(FOLDER / "interpreter"),
            runtime=runtime_folder(FOLDER / "runtime"),
            contents={"work": tmp_path},
            routes={},
            binary_types=[],
            refusals={},
        ).write(tmp_path / "package.json")
        function = Function("app", "work", Limits(seconds, 128, None), 60, tmp_path / "package.json")
        started.append(FunctionProcess(function, environment, tmp_path / "log", Part))
        return started[-1]

    yield made
    for process in started:
        process.kill()


@pytest.mark.parametrize("forgotten", ["a_library_that_was_forgotten", "infra.repository", "boto3"])
def test_what_is_not_in_the_package_keeps_it_from_starting_in_words(make: Make, forgotten: str) -> None:
    function = make(f"import {forgotten}")
    missing = forgotten.partition(".")[0]
    with pytest.raises(StackError, match=f"work cannot start: .*No module named '{missing}'"):
        function.wait_until_ready()


def test_it_is_killed_at_its_time_limit(make: Make) -> None:
    source = """
        import time

        def work(event, context):
            time.sleep(event)
            return "done"
    """
    function = make(source, seconds=1)
    function.wait_until_ready()
    assert function.invoke(0) == "done"
    with pytest.raises(FunctionEndedError, match="was killed after 1 seconds") as problem:
        function.invoke(600)
    assert problem.value.too_late
    assert not function.usable()


def test_each_request_has_an_environment_and_beyond_the_limit_none(make: Make, tmp_path: Path) -> None:
    source = f"""
        import os, pathlib, time

        def work(event, context):
            while event and not pathlib.Path({str(tmp_path)!r}, "go").exists():
                time.sleep(0.01)
            return os.getpid()
    """
    environments = Environments(lambda: make(source), most=2)
    environments.warm_up()
    seen: list[object] = []
    waiting = [threading.Thread(target=lambda: seen.append(environments.invoke(True))) for _ in range(2)]
    for thread in waiting:
        thread.start()
    refused = False
    while not refused:
        try:
            environments.invoke(False)
        except TooManyRequestsError:
            refused = True
    (tmp_path / "go").touch()
    for thread in waiting:
        thread.join(60)
    assert len(set(seen)) == 2
    assert environments.invoke(False) in seen
