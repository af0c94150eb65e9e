"""No name leads from what functions and templates are given to one of edsl's objects."""

import inspect
from collections.abc import Iterator
from types import BuiltinMethodType, FunctionType, MethodDescriptorType, MethodType
from typing import Any

import pytest
from edsl import Agent, FileStore, Scenario
from edsl.questions.question_registry import get_question_class
from edsl.questions.register_questions_meta import RegisterQuestionsMeta
from edsl.utilities.jinja import EDSLSandboxedEnvironment, make_environment
from jinja2 import Undefined

from chalicelib.engine.edsl.programs import template_reading
from chalicelib.engine.edsl.programs.function_policy import (
    ATTRIBUTES,
    BUILTINS,
    guards,
    read_attribute,
    read_item,
)
from chalicelib.engine.edsl.programs.readable import is_data
from chalicelib.engine.edsl.programs.views import ForbiddenError, View, as_data, from_data
from tests.support.shapes import says

PLAIN = (type(None), bool, int, float, complex, str, bytes)


def questions() -> Iterator[Any]:
    for kind in RegisterQuestionsMeta.question_types_to_classes():
        try:
            question = get_question_class(kind).example()
        except Exception:  # noqa: BLE001  # some need what is not installed; they are not made here either
            continue
        question.answer = ["an answer", {"of": 2}]
        yield question


def objects() -> dict[str, Any]:
    file = FileStore(path="note.txt", base64_string="SGVsbG8=", suffix="txt", mime_type="text/plain")
    agent = Agent(traits={"age": 3, "friends": ["Ada"]}, name="Bob", codebook={"age": "in years"})
    scenario = Scenario({"x": 1, "deep": {"file": file, "list": [file]}, "asked": next(questions())})
    found = {"agent": agent, "traits": agent.traits, "scenario": scenario, "file": file}
    return found | {question.question_type: question for question in questions()}


OBJECTS = objects()


def names_of(owner: Any) -> set[str]:
    """Return all names that may stand behind a dot: those of the class, the object, and its keys."""
    names = set(dir(owner)) | set(vars(owner)) | {name for kind in type(owner).__mro__ for name in vars(kind)}
    return {*names, "age", "x", "deep", "asked", "missing"}


def assert_plain(value: Any) -> None:
    """See that a function can have this: data, views, and methods of these two."""
    if isinstance(value, View):
        return
    if isinstance(value, MethodDescriptorType):
        assert value.__objclass__ in ATTRIBUTES, value
    elif isinstance(value, BuiltinMethodType | MethodType):
        owner = value.__self__
        made = value.__qualname__.split(".")[0] in {kind.__name__ for kind in ATTRIBUTES}
        assert isinstance(owner, View) or type(owner) in ATTRIBUTES or made, value
    elif isinstance(value, dict):
        for entry in (*value.keys(), *value.values()):
            assert_plain(entry)
    elif type(value) in (list, tuple, set, frozenset):
        for entry in value:
            assert_plain(entry)
    else:
        assert type(value) in PLAIN, value


def test_there_are_objects_of_all_kinds() -> None:
    assert len(OBJECTS) > 30


@pytest.mark.parametrize("name", OBJECTS)
def test_no_attribute_of_a_view_is_more_than_data(name: str) -> None:
    view = as_data(OBJECTS[name])
    assert isinstance(view, View)
    given = 0
    for attribute in names_of(OBJECTS[name]) | names_of(view):
        if attribute.startswith("_"):
            continue  # no source that says so is compiled
        try:
            value = read_attribute(view, attribute)
        except (ForbiddenError, ModuleNotFoundError):  # some questions have no template of their own
            continue
        assert_plain(value)
        given += value is not None
    assert given > 2
    for key in ("x", "deep", "age", "data", "traits", "file", "missing", "base64_string"):
        if isinstance(view, dict) or hasattr(view, "get"):
            assert_plain(read_item(view, key))


STRANGE = [
    (number for number in (1, 2)),
    lambda: 1,
    inspect,
    Exception("x", OBJECTS["agent"]),
    Exception,
    AttributeError("x", name="x", obj=OBJECTS["agent"]),
    OBJECTS["agent"],
    OBJECTS["scenario"],
    inspect.currentframe(),
    zip((), (), strict=True),
    {}.items(),
    "".join,
    "text",
    [1],
    {1: 2},
    {1},
    (1,),
    1.5,
    b"x",
    str,
    dict,
    object(),
]


@pytest.mark.parametrize("owner", STRANGE, ids=lambda owner: type(owner).__name__)
def test_no_attribute_of_anything_else_is_more_than_data(owner: Any) -> None:
    for attribute in {*dir(owner), *dir(type(owner)), "format", "format_map", "missing"}:
        try:
            assert_plain(read_attribute(owner, attribute))
        except (ForbiddenError, NotImplementedError, AttributeError):
            continue


def test_builtins_are_no_way_out() -> None:
    named = {name for name, found in BUILTINS.items() if isinstance(found, type)}
    exceptions = {name for name in named if issubclass(BUILTINS[name], BaseException)}
    assert all(issubclass(BUILTINS[name], Exception) for name in exceptions)
    assert named - exceptions == {
        "bool", "bytes", "complex", "float", "int", "range", "slice", "str", "tuple", "zip",
    }  # fmt: skip
    assert guards()["__builtins__"] is not guards()["__builtins__"]


@pytest.mark.parametrize("name", OBJECTS)
def test_what_a_function_returns_is_data_again(name: str) -> None:
    view = as_data(OBJECTS[name])
    returned = from_data([view, {"a": (view,)}, lambda: 1, ValueError, {1}])
    if name in {"file", "scenario"}:  # edsl may have its file back
        kept = returned[0] if name == "file" else returned[0]["deep"]["file"]
        assert kept is OBJECTS["file"]
    else:
        assert_plain(returned)


@pytest.fixture
def environment() -> Iterator[Any]:
    before = (EDSLSandboxedEnvironment.getattr, EDSLSandboxedEnvironment.getitem)
    template_reading.install()
    yield make_environment()
    EDSLSandboxedEnvironment.getattr, EDSLSandboxedEnvironment.getitem = before


def read_by_template(read: Any, owner: Any, name: str) -> Any:
    try:
        return read(owner, name)
    except (AttributeError, ModuleNotFoundError):  # as without Perch
        return Undefined()


@pytest.mark.parametrize("name", [*OBJECTS, "model"])
def test_no_attribute_that_a_template_reads_is_more_than_data(environment: Any, name: str) -> None:
    owner = says() if name == "model" else OBJECTS[name]
    for attribute in names_of(owner):
        for read in (environment.getattr, environment.getitem):
            value = read_by_template(read, owner, attribute)
            assert isinstance(value, Undefined | MethodType | FunctionType) or is_data(value), attribute
    for secret in ("api_token", "key_lookup", "model_info", "invigilator", "traits_manager", "path"):
        assert isinstance(read_by_template(environment.getattr, owner, secret), Undefined)
        if name != "file":  # whose path is what its sender called it
            assert isinstance(read_by_template(environment.getitem, owner, secret), Undefined)


def test_what_holds_more_than_data_is_not_handed_out(environment: Any) -> None:
    assert environment.getattr(OBJECTS["free_text"], "data")["question_text"]
    question = get_question_class("free_text").example()
    question._answering_instructions = [{"deep": says()}]
    assert isinstance(environment.getattr(question, "answering_instructions"), Undefined)
    assert type(as_data(question).read("answering_instructions")[0]["deep"]) is str
