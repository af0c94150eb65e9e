"""Jobs of different shapes, to compare one way of running them with another.

Importable where only edsl is installed. Every model is edsl's own test model, so that a shape's
answers depend on nothing but the job; ``lift`` takes its rate limit away, which no job can say.
"""

import base64
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edsl import (
    Agent,
    FileStore,
    Instruction,
    Model,
    QuestionBudget,
    QuestionCheckBox,
    QuestionDict,
    QuestionExtract,
    QuestionFreeText,
    QuestionFunctional,
    QuestionLikertFive,
    QuestionLinearScale,
    QuestionList,
    QuestionMatrix,
    QuestionMultipleChoice,
    QuestionNumerical,
    QuestionRank,
    QuestionTopK,
    QuestionYesNo,
    Scenario,
    Survey,
)
from edsl.jobs import Jobs
from edsl.questions import QuestionBase
from edsl.questions.question_compute import QuestionCompute
from edsl.questions.question_registry import get_question_class
from edsl.questions.question_thinking import QuestionThinking, thinking_question

RED_DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJg"
    "gg=="
)


@dataclass(frozen=True)
class Shape:
    """One kind of job. ``deterministic`` is false where its questions draw at random."""

    name: str
    build: Callable[[], Any]
    iterations: int = 1
    deterministic: bool = True
    invalid: bool = False
    """Some of its models' answers are not valid ones; nobody else's are to be so."""
    refused_by_run: bool = False
    """``Jobs.run`` of 1.0.9 refuses the job, although its runner and older clients do not."""


SHAPES: dict[str, Shape] = {}


def shape(**options: Any) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Enter a function that builds a job into the catalogue, under its own name."""

    def enter(build: Callable[[], Any]) -> Callable[[], Any]:
        SHAPES[build.__name__] = Shape(build.__name__, build, **options)
        return build

    return enter


def shapes() -> dict[str, Shape]:
    """Return the catalogue by name."""
    return dict(SHAPES)


def lift(job: Any) -> Any:
    """Take the rate limit off the test models of a job, and return it."""
    embedded = [question._model for question in job.survey.questions if hasattr(question, "_model")]
    for model in [*job.models, *embedded]:
        model.rpm, model.tpm = 1e9, 1e12
    return job


def says(answer: Any = "Fine, thank you", **options: Any) -> Any:
    """Return a test model that gives this answer, or by question name these."""
    return Model("test", canned_response=answer, **options)


def two(first: Any, second: Any) -> list[Any]:
    """Return two models that answer differently.

    They differ in temperature too: edsl's cache key leaves the canned answer out, so that one
    would otherwise now and then be given the other's answer.
    """
    return [says(first), says(second, temperature=0.1)]


def ask(question: Any, answer: Any) -> Any:
    """Return a job of one question and the model's one answer."""
    return Survey([question]).by(says(answer))


def free(name: str, text: str) -> Any:
    """Return a free-text question."""
    return QuestionFreeText(question_name=name, question_text=text)


def choice(name: str, text: str, options: Any = ("a", "b", "c")) -> Any:
    """Return a multiple-choice question."""
    return QuestionMultipleChoice(
        question_name=name,
        question_text=text,
        question_options=list(options) if isinstance(options, tuple) else options,
    )


def example(kind: str, answer: str) -> Any:
    """Return a job of edsl's own example of a question type that has no name in ``edsl``."""
    return ask(get_question_class(kind).example(), answer)


# ---- one question of each type ----


@shape()
def free_text():
    return ask(free("feeling", "How are you?"), "Well.\nAnd you?")


@shape()
def multiple_choice():
    return ask(choice("pick", "Which?"), "b\nBecause it is the middle.")


@shape()
def multiple_choice_by_code():
    question = QuestionMultipleChoice(
        question_name="pick", question_text="Which?", question_options=["x", "y"], use_code=True
    )
    return ask(question, "1")


@shape()
def multiple_choice_of_numbers():
    return ask(choice("pick", "How many?", (1, 2, 3)), "2")


@shape()
def multiple_choice_with_other():
    return example("multiple_choice_with_other", "Other: sleepy")


@shape()
def checkbox():
    question = QuestionCheckBox(
        question_name="pick", question_text="Which?", question_options=["a", "b", "c"], use_code=False
    )
    return ask(question, '["a", "c"]\nNot b.')


@shape()
def checkbox_with_other():
    return example("checkbox_with_other", '["Pizza"]')


@shape()
def numerical():
    question = QuestionNumerical(question_name="age", question_text="Your age?", min_value=0, max_value=120)
    return ask(question, "42\nA guess.")


@shape()
def linear_scale():
    question = QuestionLinearScale(
        question_name="like",
        question_text="How much?",
        question_options=[1, 2, 3, 4, 5],
        option_labels={1: "not at all", 5: "very much"},
    )
    return ask(question, "4")


@shape()
def likert_five():
    return ask(QuestionLikertFive(question_name="agree", question_text="It rains."), "Agree")


@shape()
def yes_no():
    return ask(QuestionYesNo(question_name="ok", question_text="All right?"), "Yes")


@shape()
def list_of_items():
    return ask(
        QuestionList(question_name="foods", question_text="Foods?", max_list_items=3), '["soup", "pie"]'
    )


@shape()
def rank():
    question = QuestionRank(
        question_name="order",
        question_text="Order?",
        question_options=["a", "b", "c"],
        num_selections=2,
    )
    return ask(question, "[2, 0]")


@shape()
def top_k():
    question = QuestionTopK(
        question_name="two",
        question_text="Two?",
        question_options=["a", "b", "c"],
        min_selections=2,
        max_selections=2,
    )
    return ask(question, "[0, 1]")


@shape()
def budget():
    question = QuestionBudget(
        question_name="money", question_text="Spend", question_options=["a", "b"], budget_sum=100
    )
    return ask(question, "[60, 40]")


@shape()
def extract():
    question = QuestionExtract(
        question_name="who", question_text="I am Ada, a poet.", answer_template={"name": "X", "work": "Y"}
    )
    return ask(question, '{"name": "Ada", "work": "poet"}')


@shape()
def dictionary():
    question = QuestionDict(
        question_name="recipe",
        question_text="A recipe",
        answer_keys=["title", "steps"],
        value_types=["str", "int"],
        value_descriptions=["its name", "how many"],
    )
    return ask(question, '{"title": "Soup", "steps": 3}')


@shape()
def matrix_with_labels():
    question = QuestionMatrix(
        question_name="happy",
        question_text="How happy?",
        question_items=["alone", "together"],
        question_options=[1, 2, 3],
        option_labels={1: "sad", 3: "happy"},
    )
    return ask(question, '{"alone": 1, "together": 3}')


@shape()
def demand():
    return example("demand", "[5, 4, 3, 0]")


@shape()
def distribution():
    return example("distribution", '{"a": 0.5, "b": 0.25, "c": 0.25}')


@shape()
def dropdown():
    return example("dropdown", "Chicago")


@shape()
def markdown():
    return example("markdown", "# Title\n\nText")


@shape()
def url():
    return example("url", "https://example.com")


@shape()
def pydantic():
    return example("pydantic", '{"name": "Alice", "age": 28, "occupation": "engineer"}')


@shape(invalid=True)
def file_upload():
    """No file is where the model is asked for one: neither there nor at Perch."""
    return example("file_upload", "/nowhere/picture.png")


@shape()
def object_of_edsl():
    said = {"question_name": "colour", "question_text": "Your colour?", "question_type": "free_text"}
    return example("edsl_object", json.dumps(said))


@shape()
def image_generation():
    return example("image_generation", "unused")


@shape()
def interview():
    return example("interview", "So they said.")


@shape(invalid=True)
def diagram():
    """What draws it is on neither side."""
    return example("diagram", "unused")


@shape()
def thinking():
    question = QuestionThinking(
        question_name="deep", question_text="2 + 2?", model=says("four"), system_prompt="Think."
    )
    return Survey([question, free("after", "You said {{ deep.answer }}?")]).by(says("So I did"))


@shape()
def thinking_wrapped_around_a_choice():
    return Survey([thinking_question(choice("pick", "Which?"), model=says("c"))]).by(says("a"))


@shape()
def compute():
    first = QuestionNumerical(question_name="n", question_text="A number?")
    second = QuestionCompute(question_name="m", question_text="{{ n.answer * 2 }}")
    return Survey([first, second]).by(says("21"))


def double(scenario, agent_traits):
    return scenario.get("number", 0) * agent_traits.get("factor", 2)


@shape()
def functional():
    question = QuestionFunctional(question_name="twice", func=double)
    text = free("note", "Say {{ scenario.number }}")
    agents = [Agent(traits={"factor": 2}), Agent(traits={"factor": 3})]
    return Survey([question, text]).by(Scenario({"number": 4})).by(agents).by(says())


@shape(deterministic=False)
def random_number():
    return example("random", "unused")


@shape()
def message_to_the_respondent():
    return example("survey_message", "unused")


# ---- the way through a survey ----


def _three() -> list[Any]:
    return [QuestionYesNo(question_name=name, question_text=f"{name}?") for name in ("q0", "q1", "q2")]


def _yes_and_no() -> list[Any]:
    return two({"q0": "Yes", "q1": "Yes", "q2": "No"}, {"q0": "No", "q1": "No", "q2": "Yes"})


@shape()
def skip_rule():
    return Survey(_three()).add_skip_rule("q1", "{{ q0.answer }} == 'Yes'").by(_yes_and_no())


@shape()
def stop_rule():
    return Survey(_three()).add_stop_rule("q0", "{{ q0.answer }} == 'Yes'").by(_yes_and_no())


@shape()
def jump_rule():
    return Survey(_three()).add_rule("q0", "{{ q0.answer }} == 'No'", "q2").by(_yes_and_no())


@shape()
def skip_by_scenario():
    survey = Survey([free("a", "Is it {{ scenario.kind }}?"), free("b", "And?")])
    survey = survey.add_skip_rule("b", "'{{ scenario.kind }}' == 'short'")
    return survey.by([Scenario({"kind": "short"}), Scenario({"kind": "long"})]).by(says())


@shape()
def full_memory():
    return Survey(_three()).set_full_memory_mode().by(_yes_and_no())


@shape()
def targeted_memory():
    return Survey(_three()).add_targeted_memory("q2", "q0").by(_yes_and_no())


@shape()
def groups():
    return Survey(_three()).add_question_group("q0", "q1", "opening").by(_yes_and_no())


@shape()
def instructions():
    hint = Instruction(name="hint", text="Answer briefly.")
    return Survey([hint, free("a", "Who?"), free("b", "Why?")]).by(says())


@shape()
def answer_piping():
    survey = Survey([free("a", "A colour?"), free("b", "Why {{ a.answer }}? ({{ a.comment }})")])
    return survey.by(says({"a": "blue", "b": "sky"}))


@shape()
def option_piping():
    survey = Survey(
        [QuestionList(question_name="a", question_text="Foods?"), choice("b", "Best?", "{{ a.answer }}")]
    )
    return survey.by(says({"a": '["soup", "pie"]', "b": "pie"}))


@shape(iterations=2)
def piping_of_other_answers_in_each_iteration():
    survey = Survey([free("a", "A word?"), free("b", "Again {{ a.answer }}?")])
    return survey.by(two({"a": "one", "b": "1"}, {"a": "two", "b": "2"}))


@shape(deterministic=False)
def randomised_options():
    survey = Survey([choice("pick", "Which?", tuple("abcdefgh"))], questions_to_randomize=["pick"])
    return survey.by([Scenario({}), Scenario({})]).by(says("c"))


@shape(deterministic=False)
def randomised_rows():
    question = QuestionMatrix(
        question_name="rate",
        question_text="Rate",
        question_items=[f"item {number}" for number in range(6)],
        question_options=[1, 2],
        randomize_items=True,
    )
    return ask(question, str({f"item {number}": 1 for number in range(6)}).replace("'", '"'))


# ---- who is asked about what, by which model ----


@shape()
def grid_of_two_each():
    survey = Survey([free("a", "{{ scenario.x }}?"), choice("b", "Which?")])
    agents = [Agent(traits={"age": age}) for age in (20, 40)]
    return (
        survey.by([Scenario({"x": 1}), Scenario({"x": 2})])
        .by(agents)
        .by(two({"a": "yes", "b": "a"}, {"a": "no", "b": "b"}))
    )


@shape(iterations=3)
def grid_with_iterations():
    return grid_of_two_each()


@shape()
def agents_with_everything():
    agents = [
        Agent(
            name=name,
            traits={"age": age, "home": "Oslo"},
            codebook={"age": "Age in years"},
            instruction="Answer as this person.",
            traits_presentation_template="You are {{ age }} and live in {{ home }}.",
        )
        for name, age in (("Ada", 30), ("Bo", 50))
    ]
    return Survey([free("a", "Who are you?")]).by(agents).by(says())


@shape()
def duplicate_agents():
    return Survey([free("a", "Hello?")]).by([Agent(traits={"age": 3})] * 3).by(says())


@shape()
def traits_and_scenarios_named_id():
    agents = [Agent(traits={"id": number, "mood": mood}) for number, mood in ((1, "calm"), (2, "gay"))]
    scenarios = [Scenario({"id": number, "x": number}) for number in (1, 2)]
    return Survey([free("a", "On {{ scenario.x }}?")]).by(agents).by(scenarios).by(says())


@shape()
def trait_piping():
    agents = [Agent(traits={"home": home}) for home in ("Rome", "Riga")]
    return Survey([free("a", "How is {{ agent.home }}?")]).by(agents).by(says())


@shape()
def weights_and_parameters():
    models = [Model("test", canned_response="x", temperature=level) for level in (0, 1)]
    agents = [Agent(traits={"weight": weight}) for weight in (0.25, 1.75)]
    return Survey([free("a", "Hm?")]).by(agents).by(models)


@shape()
def assigned_pairs():
    job = grid_of_two_each()
    return job.assign(
        [
            {"agent": 1, "scenario": 0, "model": 1},
            {"agent": 0, "scenario": 1, "model": 0},
            {"agent": 1, "scenario": 0, "model": 1},
            {"agent": 0, "scenario": 0, "model": 1},
        ]
    )


@shape(iterations=2)
def zipped_pairs():
    return grid_of_two_each().zip_assign()


@shape()
def filtered_pairs():
    return grid_of_two_each().include_when("{{ scenario._index == agent._index }}")


@shape()
def scenario_of_many_kinds():
    scenario = Scenario({"text": "a\n\tb", "deep": {"list": [1, {"x": None}]}, "number": 1.5, "yes": True})
    return Survey([free("a", "{{ scenario.text }} {{ scenario.deep.list[1] }}")]).by(scenario).by(says())


@shape()
def no_scenario_agent_or_choice_of_model():
    return Survey([free("a", "Hello?")]).by(says())


@shape()
def empty_scenarios():
    return Survey([free("a", "Hello?")]).by([Scenario({}), Scenario({})]).by(says())


@shape()
def scenarios_with_different_keys():
    scenarios = [Scenario({"x": 1}), Scenario({"x": 2}), Scenario({"x": 3}), Scenario({"y": 4})]
    return Survey([free("a", "On {{ scenario.x }}?")]).by(scenarios).by(says())


@shape(refused_by_run=True)
def trait_named_like_a_question():
    return Jobs(survey=Survey([free("a", "Hello?")]), agents=[Agent(traits={"a": "b"})]).by(says())


@shape()
def text_file():
    return _with_file("note.txt", b"The cat sat.", "Sum up {{ scenario.file }}")


@shape()
def image_file():
    return _with_file("dot.png", base64.b64decode(RED_DOT), "What is in {{ scenario.file }}?")


def _with_file(name: str, content: bytes, text: str) -> Any:
    path = Path(tempfile.mkdtemp(prefix="perch-shape-")) / name
    path.write_bytes(content)
    return Survey([free("a", text)]).by(Scenario({"file": FileStore(str(path))})).by(says("A cat"))


@shape()
def unicode_everywhere():
    scenario = Scenario({"ort": "Zürich ☃ \u202e 日本"})
    agent = Agent(name="Žofie", traits={"jméno": "Žofie", "mood": "🎉"})
    return Survey([free("a", "Où ça, {{ scenario.ort }} ?")]).by(scenario).by(agent).by(says("日本 😀"))


@shape()
def large_text():
    return (
        Survey([free("a", "{{ scenario.text }}")])
        .by(Scenario({"text": "word " * 40_000}))
        .by(says("x" * 9000))
    )


# ---- what goes wrong ----


@shape()
def model_that_throws():
    survey = Survey([free("a", "Hello?"), free("b", "{{ a.answer }}?"), free("c", "Apart?")])
    return survey.by([says("fine"), Model("test", throw_exception=True)])


@shape(invalid=True)
def answers_that_are_not_valid():
    asked = choice("a", "Which?", ("red", "blue"))
    survey = Survey([asked, choice("b", "{{ a.answer }}?"), free("c", "Apart?")])
    return survey.by(says({"a": "zzz", "b": "a", "c": "well"}))


@shape()
def function_that_throws():
    question = QuestionFunctional(
        question_name="broken",
        function_name="broken",
        function_source_code="def broken(scenario, agent_traits):\n    return 1 / 0\n",
    )
    return Survey([question, free("a", "Still there?")]).by(says())


def question_types(job: Any) -> set[str]:
    """Return the types of a job's questions."""
    questions: list[QuestionBase] = job.survey.questions
    return {question.question_type for question in questions}
