"""What functions and templates of a job try, and do not get: each in a real job in the real engine.

The walls around the child are another layer, with tests of their own: here none is needed.
"""

import json
import pickle
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from edsl import Survey
from edsl.questions import QuestionEDSLObject

from chalicelib.domain.errors import NotAnEdslJobError
from chalicelib.domain.json_types import Document
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.engine.engine import Engine
from chalicelib.engine.run.deadlines import INTERVIEW_TIMEOUT
from tests.support.shapes import free, says
from tests.unit.engine.jobs import document, free_text_job, functional_job, order, rows_of

SECRET = "what only the operator may read"


class Page(BaseHTTPRequestHandler):
    """A page of the internal network, which notes who comes."""

    visits: list[str]

    def do_GET(self) -> None:  # http.server's name
        self.visits.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(SECRET.encode())

    do_HEAD = do_GET  # noqa: N815  # likewise

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Loot:
    """What there is to get: a file to read, a page to fetch, a place to write to."""

    def __init__(self, directory: Path) -> None:
        self.secret = directory / "secret.json"
        self.secret.write_text(json.dumps({"secret": SECRET}))
        self.written = directory / "written"
        self.before = set(directory.iterdir())
        self.directory = directory
        self.visits: list[str] = []
        handler = type("NotingPage", (Page,), {"visits": self.visits})
        self.server = HTTPServer(("127.0.0.1", 0), handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def fill(self, text: str) -> str:
        """Return a program with this loot's addresses in it."""
        program = pickle.dumps(Writer(str(self.written)), protocol=4).hex()
        page = f"http://127.0.0.1:{self.server.server_port}/"
        places = {"SECRET": self.secret, "WRITTEN": self.written, "PAGE": page, "PICKLE": program}
        for name, place in places.items():
            text = text.replace(name, str(place))
        return text

    def is_untouched(self) -> bool:
        return set(self.directory.iterdir()) == self.before and not self.visits


class Writer:
    """When it is unpickled, there is a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))


@pytest.fixture
def loot(tmp_path: Path) -> Iterator[Loot]:
    found = Loot(tmp_path)
    yield found
    found.server.shutdown()
    found.server.server_close()


GIVEN_DATA_ONLY = "it is given data only"
MAY_NOT = "A function may not use"
SAYS_NO_MORE = "Error during function execution."

FUNCTIONS: dict[str, tuple[str, str]] = {
    "unpickles": (
        "model = scenario.get('first').response_model\n"
        "return model.parse_raw(bytes.fromhex('PICKLE'), proto='pickle', allow_pickle=True)",
        "'response_model' of this QuestionFreeText",
    ),
    "reads a file": ("return scenario.open_regular_file('SECRET')", "'open_regular_file' of this Scenario"),
    "reads a file by a question": (
        "return scenario.get('first').open_regular_file('SECRET')",
        "'open_regular_file' of this QuestionFreeText",
    ),
    "loads a file": ("return scenario.load('SECRET')", "'load' of this Scenario"),
    "makes a file of a path": ("return scenario.from_file('SECRET', 'x')", "'from_file' of this Scenario"),
    "saves": ("return scenario.save('WRITTEN')", "'save' of this Scenario"),
    "saves as json": ("return scenario.save_json('WRITTEN')", "'save_json' of this Scenario"),
    "writes its file": ("return scenario.get('note').write('WRITTEN')", "'write' of this FileStore"),
    "has its file written": ("return scenario.get('note').path", "'path' of this FileStore"),
    "fetches a page": ("return scenario.from_url('PAGE')", "'from_url' of this Scenario"),
    "fetches a page as html": ("return scenario.from_html('PAGE')", "'from_html' of this Scenario"),
    "fetches pages": (
        "return scenario.to_scenario_list().from_urls(['PAGE'])",
        "'to_scenario_list' of this Scenario",
    ),
    "asks a model by itself": ("return scenario.get('first').run()", "'run' of this QuestionFreeText"),
    "formats": ("return '{0.__class__}'.format(scenario)", SAYS_NO_MORE),
    "formats a mapping": ("return '{x.__class__}'.format_map({'x': scenario})", SAYS_NO_MORE),
    "formats by the type": ("return str.format('{0.__class__}', scenario)", SAYS_NO_MORE),
    "formats by a key function": ("return sorted(['{0.__class__}'], key=str.format)", SAYS_NO_MORE),
    "throws into a generator": ("return (x for x in (1, 2)).throw", f"{MAY_NOT} 'throw' of a generator"),
    "looks for the object of an error": (
        "try:\n    return scenario.get('numbers')[0]\nexcept Exception as error:\n    return error.obj",
        f"{MAY_NOT} 'obj' of a AttributeError",
    ),
    "asks an exception for its bases": ("return Exception.mro()", f"{MAY_NOT} 'mro' of a Exception"),
    "gives an exception another traceback": (
        "return ValueError().with_traceback(None)",
        f"{MAY_NOT} 'with_traceback' of a ValueError",
    ),
    "raises what edsl does not catch": ("raise SystemExit()", SAYS_NO_MORE),
    "raises what ends a loop": ("raise KeyboardInterrupt()", SAYS_NO_MORE),
    "raises the root of all": ("raise BaseException()", SAYS_NO_MORE),
    "sets an attribute": ("return setattr(scenario, 'data', 1)", SAYS_NO_MORE),
}


def job_of(source: str) -> Document:
    """Return a job of one ordinary question, and of a function that is given its answer and a file."""
    job = document(Survey([free("first", "How are you?")]).by(says("Well")))
    job["survey"]["questions"] += functional_job(source)["survey"]["questions"]
    job["survey"]["memory_plan"] = {
        "survey_question_names": ["first", "feeling"],
        "survey_question_texts": ["How are you?", "work"],
        "data": {"feeling": {"prior_questions": ["first"]}},
    }
    note = {"path": "note.txt", "base64_string": "SGVsbG8=", "suffix": "txt", "mime_type": "text/plain"}
    job["scenarios"] = [{"numbers": [1, 2], "note": {**note, "binary": False, "external_locations": {}}}]
    return job


def source_of(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"def work(scenario, agent_traits):\n{lines}\n"


def sentences(row: InterviewRow) -> list[str]:
    entries = [entry for question in row.exceptions.values() for entry in question]
    return [entry["exception"]["message"] for entry in entries]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_get_nothing_but_data(engine: Engine, loot: Loot, name: str) -> None:
    body, sentence = FUNCTIONS[name]
    (row,) = rows_of(engine, order(job_of(source_of(loot.fill(body)))))
    assert loot.is_untouched()
    assert row.row["answer"] == {"first": "Well", "feeling": None}
    assert SECRET not in json.dumps(row.row)
    said = sentences(row)
    assert said
    assert all(sentence in each for each in said), said


AGENTS = {
    "reads a file": ("return self.open_regular_file('SECRET')", "'open_regular_file' of this Agent"),
    "saves": ("return self.save('WRITTEN')", "'save' of this Agent"),
    "reads by what manages it": ("return self.traits_manager.agent", "'traits_manager' of this Agent"),
    "asks who asks": ("return self.invigilator", "'invigilator' of this Agent"),
    "reads by the question": (
        "return question.open_regular_file('SECRET')",
        "'open_regular_file' of this QuestionFreeText",
    ),
}


@pytest.mark.parametrize("name", AGENTS)
def test_agents_functions_get_nothing_but_data(engine: Engine, loot: Loot, name: str) -> None:
    body, sentence = AGENTS[name]
    source = source_of(loot.fill(body)).replace("(scenario, agent_traits)", "(self, question, scenario)")
    job = free_text_job()
    job["agents"] = [
        {
            "answer_question_directly_source_code": source,
            "answer_question_directly_function_name": "work",
            "age": 3,
        }
    ]
    (row,) = rows_of(engine, order(job))
    assert loot.is_untouched()
    assert row.row["answer"] == {"feeling": None}
    assert sentences(row)
    assert all(sentence in each for each in sentences(row)), sentences(row)


CATCHING = "while True:\n    try:\n        while True:\n            pass\n    {}:\n        pass"
ENDLESS = {
    "plainly": "while True:\n    pass",
    "but for a bare except": CATCHING.format("except"),
    "but for the root of all": CATCHING.format("except BaseException"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_function_cannot_catch_what_ends_it(engine: Engine, name: str) -> None:
    job = functional_job(source_of(ENDLESS[name]))
    (row,) = rows_of(engine, order(job, interview_seconds=1.0, seconds=100.0))
    ((entry,),) = row.exceptions.values()
    assert entry["exception"]["type"] == INTERVIEW_TIMEOUT
    assert entry["exception"]["message"] == "The interview took longer than 1 seconds."


GROUPS = "except* ValueError:\n        pass\n    "


@pytest.mark.parametrize("jump", ["return 1", "continue", "break"])
@pytest.mark.parametrize("catching", ["", "except ValueError:\n        pass\n    ", GROUPS])
def test_a_finally_that_would_drop_what_ends_a_function_is_refused(
    engine: Engine, jump: str, catching: str
) -> None:
    body = (
        f"while True:\n    try:\n        pass\n    {catching}finally:\n        if True:\n            {jump}"
    )
    with pytest.raises(NotAnEdslJobError, match="in a finally block are not allowed"):
        engine.inspect(functional_job(source_of(body)), services=[])


MODULES = {
    "behind the function": "def work(scenario, agent_traits):\n    return 1\nwhile True:\n    pass\n",
    "before the function": "while True:\n    pass\ndef work(scenario, agent_traits):\n    return 1\n",
    "in a default": "def work(scenario, agent_traits, x=[1 for i in range(10**9) for j in range(10**9)]):\n"
    "    return 1\n",
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_not_run_to_load_a_job(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It would take for ever; where it is run, when the question is asked, it has an interview's time."""
    monkeypatch.setattr("chalicelib.engine.engine.LOADING_SECONDS", 5.0)
    job = functional_job(MODULES[name])
    assert engine.inspect(job, services=[]).questions == 1
    (row,) = rows_of(engine, order(job, interview_seconds=1.0, seconds=100.0))
    before = name == "before the function"  # edsl itself leaves out what stands there
    assert row.row["answer"] == {"feeling": 1 if before else None}
    assert before or sentences(row) == ["The interview took longer than 1 seconds."]


def test_an_agents_functions_are_not_run_to_load_a_job(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.engine.engine.LOADING_SECONDS", 5.0)
    endless = "def work({}):\n    while True:\n        pass\nwhile True:\n    pass\n"
    job = free_text_job()
    job["agents"] = [
        {
            "dynamic_traits_function_source_code": endless.format("question"),
            "dynamic_traits_function_name": "work",
        },
        {
            "answer_question_directly_source_code": endless.format("self, question, scenario"),
            "answer_question_directly_function_name": "work",
        },
    ]
    assert engine.inspect(job, services=[]).questions == 1


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def other(scenario, agent_traits):\n    return 1\n", "'work' is missing"),
        ("def work(scenario, agent_traits):\n    return scenario.__class__\n", "__class__"),
        ("def work(scenario, agent_traits):\n    return (x for x in ()).gi_frame\n", "gi_frame"),
        ("def work(scenario, agent_traits):\n    return work.f_globals\n", "f_globals"),
        ("def work(scenario, agent_traits)\n", "SyntaxError"),
        ("def work(scenario, agent_traits):\n    return " + "-" * 100_000 + "1\n", "."),
        ("def work(scenario, agent_traits):\n    return scenario" + ".get" * 100_000 + "\n", "."),
        ("def work(scenario, agent_traits):\n    return " + "(" * 10_000 + "\n", "."),
        ("def work(scenario, _getattr_, /):\n    return scenario.data\n", "_getattr_"),
        ("def work(scenario, agent_traits):\n    return lambda _write_, /: 1\n", "_write_"),
        ("def work(scenario, agent_traits):\n    return lambda __metaclass__, /: 1\n", "__metaclass__"),
        ("def work(scenario, agent_traits):\n    return lambda *, _apply_: 1\n", "_apply_"),
        ("def work(scenario, *_getiter_):\n    return 1\n", "_getiter_"),
    ],
)
def test_what_cannot_be_a_function_is_refused_when_the_job_is_loaded(
    engine: Engine, source: str, sentence: str
) -> None:
    with pytest.raises(NotAnEdslJobError, match=sentence):
        engine.inspect(functional_job(source), services=[])


@pytest.mark.parametrize("kind", ["functional", "Survey"])
def test_a_function_in_an_answer_is_not_run(engine: Engine, kind: str) -> None:
    """Whoever asks for one of edsl's objects has the answer loaded; this one would never end."""
    job = functional_job(MODULES["behind the function"])
    answer = job["survey"] if kind == "Survey" else job["survey"]["questions"][0]
    question = QuestionEDSLObject(question_name="made", question_text="Make one.", expected_object_type=kind)
    asking = document(Survey([question]).by(says({"made": answer})))
    (row,) = rows_of(engine, order(asking, interview_seconds=20.0))
    assert row.good, row.exceptions
    assert "while True" in json.dumps(row.row["answer"]["made"])


TEMPLATES = [
    "{{ scenario.open_regular_file('SECRET') }}",
    "{{ agent.open_regular_file('SECRET') }}",
    "{{ agent.from_yaml('SECRET') }}",
    "{{ agent.save('WRITTEN') }}",
    "{{ agent.invigilator.agent }}",
    "{{ agent['invigilator'].agent }}",
    "{{ agent|attr('traits_manager') }}",
    "{{ agent.traits_manager.agent }}",
    "{{ [agent]|map(attribute='traits_manager')|list }}",
    "{{ agent.__class__ }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ scenario.note.path }}",
    "{{ note.path }}",
    "{{ first.create_response_model() }}",
    "{{ first.response_validator.params }}",
    "{{ '{0.__class__}'.format(agent) }}",
    "{{ 'x' if agent.to_yaml('WRITTEN') }}",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_get_nothing_but_data(engine: Engine, loot: Loot, template: str) -> None:
    job = job_of(source_of("return 1"))
    job["survey"]["questions"][1] = {
        "question_type": "free_text",
        "question_name": "feeling",
        "question_text": "{{ first.answer }} " + loot.fill(template),
    }
    job["agents"] = [{"traits": {"age": 3}}]
    (row,) = rows_of(engine, order(job))
    assert loot.is_untouched()
    told = json.dumps([row.row, row.exceptions])
    assert SECRET not in told
    for shown in ("TraitsManager", "Invigilator", "object at 0x"):
        assert shown not in told


def test_templates_show_what_they_show_without_us(engine: Engine) -> None:
    job = free_text_job(
        "{{ agent.age }} {{ agent['age'] }} {{ agent.name }} {{ agent.traits }} {{ agent.save }}"
    )
    job["agents"] = [{"traits": {"age": 3, "save": "a trait"}, "name": "Ada"}]
    (row,) = rows_of(engine, order(job))
    assert row.row["prompt"]["feeling_user_prompt"]["text"].startswith("3 3 Ada {'age': 3,")
    assert row.row["prompt"]["feeling_user_prompt"]["text"].endswith("a trait")
