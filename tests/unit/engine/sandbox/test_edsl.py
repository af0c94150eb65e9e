"""edsl does behind the walls just what it does without them."""

import asyncio
import base64
import json
import os
import random
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import edsl
import pytest
from edsl import Cache, FileStore, QuestionFunctional, QuestionYesNo, Scenario, Survey
from edsl.jobs import Jobs
from edsl.runner import Runner

from chalicelib.engine.sandbox.kernel import users
from tests.support.comparison import comparable, document_of
from tests.support.shapes import RED_DOT, Shape, choice, double, free, lift, says, shapes
from tests.unit.engine.sandbox.forked import forked
from tests.unit.engine.sandbox.jails import MEBIBYTE, Jail, Scene, inside, jails

JAILS = pytest.mark.parametrize("jail", jails(), ids=lambda jail: jail.name)
SHAPES = ("numerical", "list_of_items", "extract", "matrix_with_labels", "pydantic", "compute", "full_memory")
"""Of the catalogue, besides the job made here; each takes a second of edsl's own waiting."""
SHAPE = Shape("any", lambda: None)
LOOPS = 20


def job(folder: Path) -> Any:
    """Return a job with much of what surveys do: pipes, templates, rules, functions, files, bad answers."""
    picture = folder / "dot.png"
    picture.write_bytes(base64.b64decode(RED_DOT))
    template = (
        "{{ scenario.words | join(' ') | upper }} {% if agent.factor > 2 %}much{% else %}little{% endif %}"
    )
    questions = [
        free("first", template),
        free("second", "Why {{ first.answer }}?"),
        choice("pick", "Which of {{ scenario.words }}?", "{{ scenario.words }}"),
        QuestionYesNo(question_name="ok", question_text="What is in {{ scenario.picture }}?"),
        QuestionFunctional(question_name="twice", func=double),
        choice("never", "Not a valid answer?", ("x", "y")),
    ]
    survey = Survey(questions).add_skip_rule("ok", "{{ first.answer }} == 'skip'")
    scenarios = [
        Scenario({"words": ["soup", "pie"], "number": 4, "picture": FileStore(path=str(picture))}),
        Scenario({"words": ["pie", "tea"], "number": 5, "picture": FileStore(path=str(picture))}),
    ]
    agents = [edsl.Agent(traits={"factor": factor}) for factor in (2, 3)]
    answers = {"first": "blue\nSo it is.", "second": "sky", "pick": "pie", "ok": "Yes", "never": "z"}
    return survey.by(scenarios).by(agents).by(says(answers))


def documents(folder: Path) -> dict[str, Any]:
    """Return the jobs to run as clients send them."""
    made = {"all_sorts": job(folder)}
    made |= {name: shapes()[name].build() for name in SHAPES}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: json.loads(json.dumps(each.to_dict())) for name, each in made.items()}


class ReadyLoops(asyncio.DefaultEventLoopPolicy):
    """Gives out event loops that were made before: a loop needs two sockets of its own."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._ready = [super(ReadyLoops, self).new_event_loop() for _ in range(count)]

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return self._ready.pop()


def prepare(_: Scene) -> dict[str, Any]:
    asyncio.set_event_loop_policy(ReadyLoops(LOOPS))
    return {}


def run(document: Any) -> Any:
    """Run a job and return its rows and exceptions."""
    random.seed(7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = lift(Jobs.from_dict(document))
        rows, exceptions = document_of(Runner().submit(loaded, n=1, cache=Cache()).results())
    return [comparable(row, SHAPE) for row in rows], exceptions


def beside_edsl() -> Any:
    """Do what surveys' functions and libraries do besides; returns what came out."""

    async def in_threads() -> list[int]:
        loop = asyncio.get_running_loop()
        waits = [loop.run_in_executor(None, sum, range(count)) for count in range(20)]
        await asyncio.sleep(0.01)
        return list(await asyncio.gather(*waits))

    random.seed(3)
    noon = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    return [
        asyncio.run(in_threads()),
        [random.random(), random.sample(range(100), 5)],
        [noon.astimezone(ZoneInfo(name)).isoformat() for name in ("Asia/Tokyo", "America/New_York")],
        base64.b64encode(json.dumps({"a": [1, None, "ü"]}).encode()).decode(),
        len(os.urandom(8)),
    ]


def all_of(given: dict[str, Any]) -> Callable[[Scene], Any]:
    """Return what does everything in a jail."""
    return lambda _: {**{name: run(document) for name, document in given.items()}, "beside": beside_edsl()}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The jobs, after each has run once: jails are made of a process that has imported everything."""
    made = documents(tmp_path_factory.mktemp("files"))
    for document in made.values():
        run(document)
    beside_edsl()
    return made


@pytest.fixture(scope="module")
def unenclosed(given: dict[str, Any]) -> Any:
    """What comes out where there are no walls."""
    ending = inside(jails()[0], all_of(given), before=prepare, enclosed=False)
    assert ending.error == ""
    return ending.value


def can_read_edsl(user: int) -> bool:
    return users.become(user) and users.reads([Path(edsl.__file__)])


@JAILS
def test_results_are_the_same_behind_the_walls(jail: Jail, given: dict[str, Any], unenclosed: Any) -> None:
    if jail.who and os.geteuid() == 0 and not forked(lambda: can_read_edsl(jail.who)).value:
        pytest.skip("edsl is installed where other users cannot read it")
    ending = inside(jail, all_of(given), before=prepare, memory_bytes=256 * MEBIBYTE)
    assert ending.error == ""
    for name, expected in unenclosed.items():
        assert ending.value[name] == expected, name
    rows, exceptions = ending.value["all_sorts"]
    assert len(rows) == 4
    assert [row["answer"]["twice"] for row in rows] == [8, 10, 12, 15]
    assert rows[0]["answer"]["first"] == "blue\nSo it is."
    assert "SOUP PIE little" in json.dumps(rows[0]["prompt"])
    assert exceptions
