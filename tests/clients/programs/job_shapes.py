"""Run jobs of many shapes, written so that every release of edsl runs them; print what came back, as JSON.

A question says itself what the fake model answers: ``Say »yes«``. Arguments: names of shapes; none is all.
"""

import contextlib
import io
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edsl
from edsl import (
    Agent,
    AgentList,
    Instruction,
    QuestionBudget,
    QuestionCheckBox,
    QuestionExtract,
    QuestionFreeText,
    QuestionFunctional,
    QuestionLikertFive,
    QuestionLinearScale,
    QuestionList,
    QuestionMultipleChoice,
    QuestionNumerical,
    QuestionRank,
    QuestionTopK,
    QuestionYesNo,
    Scenario,
    ScenarioList,
    Survey,
)
from edsl.scenarios import FileStore

from tests.clients.programs.models import SENDS_SERVICES, openai_model

FILE_STORE = getattr(FileStore, "FileStore", FileStore)
"""In the two oldest releases the name is a module's."""
IS_NEWEST = not edsl.__version__.startswith("0.1")
NEWER = {"kinds_that_came_later": SENDS_SERVICES, "unused_scenario_keys": not IS_NEWEST}
"""Shapes that some releases do not have: of the newest the client itself refuses unused keys."""
SHAPES: dict[str, Callable[[], Any]] = {}


def shape(build: Callable[[], Any]) -> Callable[[], Any]:
    """Enter a function that builds a job under its own name."""
    SHAPES[build.__name__] = build
    return build


def free(name: str, text: str) -> Any:
    return QuestionFreeText(question_name=name, question_text=text)


def choice(name: str, text: str, options: Any = ("red", "blue", "green")) -> Any:
    options = list(options) if isinstance(options, tuple) else options
    return QuestionMultipleChoice(question_name=name, question_text=text, question_options=options)


def asked(*questions: Any) -> Any:
    return Survey(list(questions))


def letters(question: type, name: str, answer: str, **words: Any) -> Any:
    text = f"Which letters? Say »{answer}«"
    return question(question_name=name, question_text=text, question_options=["a", "b", "c"], **words)


@shape
def kinds() -> Any:
    return asked(
        free("free_text", "How are you? Say »Well.\nAnd you?«"),
        choice("multiple_choice", "Which? Say »blue«"),
        choice("choice_of_numbers", "How many? Say »2«", (1, 2, 3)),
        QuestionNumerical(question_name="numerical", question_text="Age? Say »41.5«", min_value=0),
        QuestionList(question_name="list", question_text='Foods? Say »["soup", "pie"]«'),
        letters(QuestionCheckBox, "checkbox", '["a", "c"]', use_code=False),
        letters(QuestionRank, "rank", "[2, 0]", num_selections=2),
        letters(QuestionTopK, "top_k", "[1, 2]", min_selections=2, max_selections=2),
        QuestionLinearScale(
            question_name="linear_scale",
            question_text="How much? Say »4«",
            question_options=[1, 2, 3, 4, 5],
            option_labels={1: "little", 5: "much"},
        ),
        QuestionLikertFive(question_name="likert", question_text="It rains. Say »Agree«"),
        QuestionYesNo(question_name="yes_no", question_text="All right? Say »Yes«"),
        QuestionBudget(
            question_name="budget",
            question_text="Spend. Say »[60, 40]«",
            question_options=["a", "b"],
            budget_sum=100,
        ),
        QuestionExtract(
            question_name="extract",
            question_text="I am Ada, a poet.",  # old releases change braces, so the answer is not said here
            answer_template={"name": "X", "work": "Y"},
        ),
    )


@shape
def kinds_that_came_later() -> Any:
    from edsl import (  # noqa: PLC0415 - the two oldest have none
        QuestionDict,
        QuestionMatrix,
        QuestionMultipleChoiceWithOther,
    )

    return asked(
        QuestionMultipleChoiceWithOther(
            question_name="mood",
            question_text="How are you? Say »Other: sleepy«",
            question_options=["well", "ill"],
            other_option_text="Other",
        ),
        QuestionDict(
            question_name="recipe",
            question_text='A recipe? Say »{"title": "Soup", "steps": 3}«',
            answer_keys=["title", "steps"],
            value_types=["str", "int"],
            value_descriptions=["its name", "how many"],
        ),
        QuestionMatrix(
            question_name="happy",
            question_text='How happy? Say »{"alone": 1, "together": 3}«',
            question_items=["alone", "together"],
            question_options=[1, 2, 3],
            option_labels={1: "sad", 3: "happy"},
        ),
    )


def on_both_words(survey: Any) -> Any:
    return survey.by(ScenarioList([Scenario({"word": word}) for word in ("yes", "no")]))


def six() -> Any:
    words = ("{{ word }}", "one", "two", "three", "four", "five")
    return asked(*(free(f"q{n}", f"Question {n}? Say »{word}«") for n, word in enumerate(words)))


@shape
def rules() -> Any:
    """Who says yes skips one and stops after four; who says no jumps over two and three."""
    survey = six().add_skip_rule("q1", "{{ q0.answer }} == 'yes'")
    survey = survey.add_rule("q1", "{{ q0.answer }} == 'no'", "q4")
    return on_both_words(survey.add_stop_rule("q4", "{{ q0.answer }} == 'yes'"))


@shape
def rules_as_they_were_once_written() -> Any:
    survey = six().add_skip_rule("q1", "q0 == 'yes'").add_rule("q1", "q0 == 'no'", "q4")
    return on_both_words(survey.add_stop_rule("q4", "q0 == 'yes'"))


@shape
def piping() -> Any:
    """Answers, scenarios, files and traits in texts, and answers and scenarios as options."""
    # The newest wants it said that a part of a value is a scenario's; older ones know no such prefix.
    nested = "{{ S.person.name }} {{ S.person['pets'][1] }} {{ S.yes }} {{ S.half }}"
    survey = asked(
        QuestionList(question_name="foods", question_text='Foods? Say »["soup", "pie"]«'),
        choice("best", "Best? Say »pie«", "{{ foods.answer }}"),
        choice("colour", "Colour? Say »cyan«", "{{ colours }}"),
        free("why", "Why {{ best.answer }}? Say »{{ best.answer }} in {{ place }}«"),
        free("who", "Who? Say »{{ agent.job }}«"),
        free("nested", f"Say »{nested}«".replace("S.", "scenario." if IS_NEWEST else "")),
        free("summary", "Sum up {{ file }}. Say »A cat«"),
    )
    Path("note.txt").write_text("The cat sat.")
    scenario = Scenario(
        {
            "place": "Riga",
            "colours": ["cyan", "pink"],
            "person": {"name": "Žofie", "pets": ["cat", "日本"]},
            "yes": True,
            "half": 0.5,
            "file": FILE_STORE("note.txt"),
        }
    )
    return survey.by(scenario).by(Agent(traits={"job": "nurse"}))


def answering(self: Any, question: Any, scenario: Any) -> Any:
    """Return an answer without any model: no release sends that this agent would."""
    return "From my own method"


@shape
def agents() -> Any:
    people = [
        Agent(
            name=name,
            traits={"age": age, "home": "Oslo"},
            codebook={"age": "Age in years"},
            instruction="Answer as this person.",
        )
        for name, age in (("Ada", 30), ("Bo", 50))
    ]
    presented = Agent(
        traits={"age": 70}, traits_presentation_template="You are {{ age }} and tired.", name="Cy"
    )
    by_itself = Agent(name="Dee", traits={"age": 10})
    by_itself.add_direct_question_answering_method(answering)
    return asked(free("a", "Who? Say »me«")).by(AgentList([*people, presented, by_itself]))


def remembering() -> Any:
    return asked(
        free("first", "First? Say »one«"),
        free("second", "Second? Say »two«"),
        free("third", "Third? Say »three«"),
    )


@shape
def full_memory() -> Any:
    return remembering().set_full_memory_mode()


@shape
def targeted_memory_and_groups() -> Any:
    survey = remembering().add_targeted_memory("third", "first")
    return survey.add_question_group("first", "second", "opening")


@shape
def instructions() -> Any:
    hint = Instruction(name="hint", text="Answer briefly.")
    survey = asked(free("a", "A? Say »one«"), hint, free("b", "B? Say »two«"), free("c", "C? Say »three«"))
    return survey.add_skip_rule("c", "{{ b.answer }} == 'two'")


@shape
def two_iterations_of_everything() -> Any:
    """Two scenarios, agents, models and iterations."""
    job = asked(free("a", "What of {{ n }}? Say »{{ n }} {{ agent.job }}«")).by(
        ScenarioList([Scenario({"n": n}) for n in (1, 2)])
    )
    people = AgentList([Agent(traits={"job": job}) for job in ("nurse", "pilot")])
    return job.by(people).by([openai_model("gpt-4o"), openai_model("gpt-4o", temperature=0.1)])


@shape
def failing_questions() -> Any:
    """One answer is none in one of two interviews; what does not follow from it is asked nonetheless."""
    survey = asked(
        free("before", "Before? Say »fine«"),
        QuestionNumerical(question_name="count", question_text="How many {{ thing }}? Say »{{ said }}«"),
        free("after", "After? Say »well«"),
    )
    things = [
        Scenario({"thing": "cats", "said": "12"}),
        Scenario({"thing": "riddles", "said": "Nobody knows"}),
    ]
    return survey.by(ScenarioList(things))


@shape
def unused_scenario_keys() -> Any:
    return asked(free("a", "Hello? Say »hi«")).by(
        ScenarioList([Scenario({"x": n, "y": "z"}) for n in (1, 2)])
    )


@shape
def some_unused_keys_and_no_model() -> Any:
    scenarios = ScenarioList([Scenario({"x": n, "y": "z"}) for n in (1, 2)])
    return asked(free("a", "Hello {{ x }}? Say »{{ x }}«")).by(scenarios)


def twice(scenario, agent_traits):
    """Return what a functional question answers."""
    return scenario.get("number") * 2


@shape
def functional() -> Any:
    survey = asked(
        QuestionFunctional(question_name="twice", func=twice), free("note", "Note {{ number }}? Say »ok«")
    )
    return survey.by(Scenario({"number": 4}))


def older_each_time(question):
    """Return traits that depend on the question."""
    return {"age": len(question.question_name)}


@shape
def dynamic_traits() -> Any:
    agent = Agent(dynamic_traits_function=older_each_time)
    return asked(free("a", "Age? Say »ten«")).by(agent)


KEEPS_ITS_MODELS = ("two_iterations_of_everything", "some_unused_keys_and_no_model")


def ran(name: str) -> Any:
    """Return what came back: answers, prompts and who was asked about what, a row each."""
    job = SHAPES[name]()
    if name not in KEEPS_ITS_MODELS:
        job = job.by(openai_model("gpt-4o"))
    results = job.run(n=2) if name == "two_iterations_of_everything" else job.run()
    if results is None:
        return None
    document = json.loads(json.dumps(results.to_dict()))
    # Selecting says that the release knows what it was given: to_dict alone could pass anything on.
    columns = {question: results.select(question).to_list() for question in document["data"][0]["answer"]}
    return {
        "answers": [row["answer"] for row in document["data"]],
        "selected": columns,
        "asked": [
            [row["agent"].get("traits"), row["scenario"], row["model"]["model"], row["iteration"]]
            for row in document["data"]
        ],
        "prompts": [
            {key: prompt["text"] for key, prompt in row["prompt"].items()} for row in document["data"]
        ],
        "questions": [
            entry["question_name"] for entry in document["survey"]["questions"] if "question_name" in entry
        ],
    }


def main() -> None:
    found = {}
    names = sys.argv[1:] or [name for name in SHAPES if NEWER.get(name, True)]
    for name in names:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found[name] = ran(name)
            except Exception as error:  # noqa: BLE001 - each shape stands alone
                found[name] = {"error": f"{type(error).__name__}: {error}"}
        if found[name] is None or "error" in found[name]:
            found[name] = {**(found[name] or {}), "said": said.getvalue()}
    print(json.dumps({"version": edsl.__version__, **found}))


if __name__ == "__main__":
    main()
