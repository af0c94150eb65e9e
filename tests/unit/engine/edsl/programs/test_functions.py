"""What honest functions of jobs do, they do here as in a local run (P5)."""

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest
from edsl import Agent, Survey
from edsl.jobs import Jobs
from edsl.questions.question_compute import QuestionCompute
from edsl.questions.question_functional import calculate_sum_and_multiply

from chalicelib.domain.json_types import Document
from chalicelib.engine.engine import Engine
from tests.support.comparison import comparable, document_of, failures, run_locally
from tests.support.shapes import RED_DOT, Shape, choice, free, lift, says
from tests.unit.engine.jobs import document, order, rows_of

SCENARIO = {
    "numbers": [3, 1, 2],
    "period": "morning",
    "price": 4.5,
    "nested": {"a": {"b": [1, 2]}, "name": "inner"},
    "nothing": None,
    "code": "a key that is a method's name, too",
    "note": {
        "path": "note.txt",
        "base64_string": "SGVsbG8=",
        "binary": False,
        "suffix": "txt",
        "mime_type": "text/plain",
        "external_locations": {},
        "extracted_text": "Hello",
    },
    "dot": {
        "path": "dot.png",
        "base64_string": RED_DOT,
        "binary": True,
        "suffix": "png",
        "mime_type": "image/png",
        "external_locations": {},
        "extracted_text": None,
    },
}
TRAITS = {"multiplier": 10, "status": "Joyful", "tags": ["x", "y"]}


# ---- of edsl's documentation and tests ----


def by_period(scenario, agent_traits):
    return "yes" if scenario["period"] == "morning" else "no"


def silly(scenario, agent_traits):
    return "Yes"


def optional_traits(scenario, agent_traits=None):
    return agent_traits.get("multiplier", 1) if agent_traits else 1


# ---- what else is at hand in a restricted function ----


def reads_a_scenario(scenario, agent_traits):
    return [
        scenario["missing"],
        scenario.get("missing", "default"),
        scenario.price,
        scenario.missing,
        scenario.name,
        len(scenario),
        "price" in scenario,
        "missing" in scenario,
        sorted(scenario.keys()),
        tuple(scenario.keys()),
        scenario["nested"]["a"]["b"],
        scenario["nested"].get("name"),
        scenario["nothing"],
        bool(scenario),
        scenario["code"],
        [number for number in scenario["numbers"] if number],
        {number: number * 2 for number in scenario["numbers"]},
    ]


def reads_traits(scenario, agent_traits):
    return [
        agent_traits["status"],
        agent_traits.get("missing"),
        sorted(agent_traits.keys()),
        len(agent_traits),
        "status" in agent_traits,
        f"{agent_traits['status']:>10}",
        str(agent_traits),
        agent_traits["tags"],
    ]


def reads_earlier_answers(scenario, agent_traits):
    first = scenario.get("first")
    pick = scenario["pick"]
    return [
        first.answer,
        first.question_name,
        first.question_text,
        first.question_type,
        first.question_options,
        pick.answer,
        pick.question_options,
        pick.missing,
        scenario["agent"]["status"],
        scenario.first.answer,
    ]


def reads_files(scenario, agent_traits):
    note = scenario["note"]
    dot = scenario["dot"]
    return [
        note.suffix,
        note.mime_type,
        note.base64_string,
        note.extracted_text,
        note.text,
        note.extract_text(),
        note["mime_type"],
        note.get("suffix"),
        dot.binary,
        dot.size,
        dot.is_image(),
        dot.is_video(),
        str(note),
    ]


def works_with_texts(scenario, agent_traits):
    text = scenario["period"]
    words = text.split("n")
    words.sort()
    words.append(text.upper())
    words.reverse()
    return [
        words,
        text.replace("m", "M").title().center(20, "*"),
        ", ".join(words),
        "%s costs %.2f" % ("it", scenario["price"]),  # noqa: UP031
        f"{scenario['price']:.3f} {text!r:>12}",
        sorted(["b", "A", "c"], key=str.lower),
        text.encode().hex(),
        str(bytes([65, 66])),
        text.missing,
    ]


def counts_with_loops(scenario, agent_traits):
    total = 0
    seen = []
    index = 0
    for number in scenario["numbers"]:
        total = total + number
    while True:
        index = index + 1
        if index > 3:
            break
        if index == 2:
            continue
        seen.append(index)
    pairs = [key for key in range(3) for other in (1, 2) if key != other]
    double = lambda number: number * 2  # noqa: E731
    return [total, seen, pairs, double(total), divmod(total, 4), round(total / 7, 3), abs(-total)]


def survives_its_errors(scenario, agent_traits):
    said = [scenario["price"]]
    try:
        said.append(scenario["price"] / 0)
    except ZeroDivisionError as error:
        said.append([str(error), error.args])
    finally:
        said.append("finally")
    try:
        said.append(scenario["numbers"].missing())
    except:  # noqa: E722
        said.append("bare")
    try:
        raise ValueError("mine", 2)  # noqa: TRY301
    except (KeyError, ValueError) as error:
        said.append(error.args)
    else:
        said.append("else")
    for number in scenario["numbers"]:
        try:
            pass
        finally:
            for inner in (1, 2):
                if inner == number:
                    break
    return said


def changes_what_it_was_given(scenario, agent_traits):
    numbers = scenario["numbers"]
    numbers.append(99)
    return [numbers, scenario["numbers"]]


def looks_again(scenario, agent_traits):
    return [scenario["numbers"], scenario["nested"]]


def returns_data_of_all_kinds(scenario, agent_traits):
    return {"list": [1, 2.5, None, True], "pair": (1, "a"), "text": "ü", "deep": {"a": {"b": []}}}


# ---- what edsl refuses, too ----


def divides_by_nothing(scenario, agent_traits):
    return 1 / 0


def subscripts_a_list(scenario, agent_traits):
    return scenario["numbers"][0]


def walks_over_a_scenario(scenario, agent_traits):
    return [key for key in scenario if key]


def imports(scenario, agent_traits):
    import os  # noqa: PLC0415

    return os.getcwd()


def formats(scenario, agent_traits):
    return "{}".format(scenario["price"])


def unknown_names(scenario, agent_traits):
    return sum(scenario["numbers"])


EXAMPLES = (
    calculate_sum_and_multiply,
    by_period,
    silly,
    optional_traits,
    reads_a_scenario,
    reads_traits,
    reads_earlier_answers,
    reads_files,
    works_with_texts,
    counts_with_loops,
    survives_its_errors,
    returns_data_of_all_kinds,
)
FAILING = (
    divides_by_nothing,
    subscripts_a_list,
    walks_over_a_scenario,
    imports,
    formats,
    unknown_names,
)


def functional(function: Callable[..., Any]) -> Document:
    return {
        "question_name": function.__name__,
        "question_type": "functional",
        "function_name": function.__name__,
        "function_source_code": inspect.getsource(function),
        "requires_loop": True,
    }


def job_with(*questions: Document, agents: Any = None) -> Document:
    """Return a job of two ordinary questions, then these, each of which is asked after the one before."""
    first = [free("first", "How are you this {{ scenario.period }}?"), choice("pick", "Which?")]
    # Computed from both answers, so that what comes after it is asked when they are there.
    first.append(QuestionCompute(question_name="both", question_text="{{ first.answer }}{{ pick.answer }}"))
    job = document(Survey(first).by(Agent(traits=TRAITS)).by(says({"first": "Well", "pick": "b"})))
    job["scenarios"] = [SCENARIO]
    job["agents"] = agents or job["agents"]
    job["survey"]["questions"] += questions
    names = [question["question_name"] for question in job["survey"]["questions"]]
    job["survey"]["memory_plan"]["survey_question_names"] = names
    job["survey"]["memory_plan"]["survey_question_texts"] = ["text"] * len(names)
    job["survey"]["memory_plan"]["data"] = {
        name: {"prior_questions": names[:place]} for place, name in enumerate(names) if place > 2
    }
    return job


def both(engine: Engine, job: Document) -> tuple[Any, Any]:
    """Run a job of one interview here and with edsl alone; returns row and failures of each."""
    shape = Shape("functions", lambda: None)
    results, exceptions = document_of(run_locally(lift(Jobs.from_dict(json.loads(json.dumps(job)))), shape))
    (row,) = rows_of(engine, order(job))
    ours = (comparable(row.row, shape), failures(row.exceptions))
    return ours, (comparable(results[0], shape), (exceptions or [{}])[0])


@pytest.mark.parametrize("function", EXAMPLES, ids=lambda function: function.__name__)
def test_functions_say_what_they_say_without_us(engine: Engine, function: Callable[..., Any]) -> None:
    ours, theirs = both(engine, job_with(functional(function)))
    assert ours == theirs
    assert ours[0]["answer"][function.__name__] is not None


@pytest.mark.parametrize("function", FAILING, ids=lambda function: function.__name__)
def test_functions_fail_as_they_fail_without_us(engine: Engine, function: Callable[..., Any]) -> None:
    ours, theirs = both(engine, job_with(functional(function)))
    assert ours == theirs
    assert set(ours[1]) == {function.__name__}


def test_what_a_function_changes_stays_in_its_call(engine: Engine) -> None:
    changing, looking = functional(changes_what_it_was_given), functional(looks_again)
    (row,) = rows_of(engine, order(job_with(changing, looking)))
    said = row.row["answer"]
    assert said["changes_what_it_was_given"] == [[3, 1, 2, 99]] * 2
    assert said["looks_again"] == [SCENARIO["numbers"], SCENARIO["nested"]]


# ---- agents that answer themselves ----


def by_question(self, question, scenario):
    if question.question_name == "first":
        return {"answer": self.traits["status"] + scenario["period"], "comment": "because"}
    options = question.question_options
    options.reverse()
    return [options, question.question_type, question.question_text, self.name, self.status, self.missing]


def whole_question(self, question, scenario):
    return question.to_dict()["question_name"] + question.data["question_text"]


@pytest.mark.parametrize("function", [by_question, whole_question], ids=lambda function: function.__name__)
def test_agents_that_answer_themselves(engine: Engine, function: Callable[..., Any]) -> None:
    agent = {
        "answer_question_directly_source_code": inspect.getsource(function),
        "answer_question_directly_function_name": function.__name__,
        **TRAITS,
    }
    ours, theirs = both(engine, job_with(agents=[agent]))
    assert ours == theirs
    assert ours[0]["answer"]["first"]


# ---- agents whose traits are made for each question ----


def made_for(question):
    return {"status": "asked", "name_of": question.question_name if question else None}


@pytest.mark.parametrize(
    "source", [inspect.getsource(made_for), "def made_for():\n    return {'status': 1}\n"]
)
def test_agents_with_traits_of_their_own(engine: Engine, source: str) -> None:
    agent = {
        "dynamic_traits_function_source_code": source,
        "dynamic_traits_function_name": "made_for",
        "status": "kept",
    }
    ours, theirs = both(engine, job_with(functional(reads_traits), agents=[agent]))
    assert ours == theirs
