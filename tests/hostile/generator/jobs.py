"""Small hostile jobs, each made of its number alone, so that a failure can be made again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.hostile.generator import functions, programs, templates, words
from tests.support.jobs import job, rule_collection

Document = dict[str, Any]

UNLOCKED_SHARE = 0.2
"""So many begin where the sandbox is broken already."""
ODD_SHARE = 0.1
"""So many have something odd where it does not belong."""
EXPRESSION_SHARE = 0.1
"""So many choose their combinations by an expression."""


@dataclass(frozen=True)
class HostileJob:
    """One job, and how it is to be run."""

    number: int
    document: Document
    interviews: int
    unlocked: bool
    """Whether its functions run as ordinary Python."""
    with_provider: bool
    """Whether its model is one that is asked over the network."""

    @property
    def document_as_sent(self) -> str:
        """The job as JSON, with the names of the arena's places in it."""
        return json.dumps(self.document)


def hostile_job(seed: str, number: int) -> HostileJob:
    """Make the job of a number."""
    dice = Random(f"{seed}:{number}")
    unlocked = dice.random() < UNLOCKED_SHARE
    scenarios = dice.choice((1, 1, 2))
    made = job(
        scenarios=scenarios, questions=tuple(f"q{each}" for each in range(dice.choice((1, 1, 2, 3, 4))))
    )
    with_provider = dice.random() < 0.1
    if unlocked:
        made["survey"]["questions"] = [
            functional(question["question_name"], programs.source(dice))
            for question in made["survey"]["questions"]
        ]
    else:
        for change in dice.choices(CHANGES, k=dice.choice((1, 2, 3))):
            change(dice, made)
        if dice.random() < ODD_SHARE:
            _anything(dice, made)
    if with_provider:
        made["models"] = [{"model": "fake-model", "parameters": {}, "inference_service": "openai"}]
    if dice.random() < EXPRESSION_SHARE:
        made["include_expression"] = templates.filter_expression(dice)
    return HostileJob(number, made, scenarios, unlocked, with_provider)


def functional(name: str, source: str) -> Document:
    """Return a question that runs a function ``work``."""
    return {
        "question_name": name,
        "question_type": "functional",
        "question_text": "work",
        "function_name": "work",
        "function_source_code": source,
        "requires_loop": True,
    }


def file(dice: Random) -> Document:
    """Return a file as a scenario brings it, which says of itself what it likes."""
    return {
        "path": dice.choice(("note.txt", "/proc/self/environ", "@SECRET_FILE@", "@WRITTEN@", "../../x", "")),
        "base64_string": dice.choice(
            ("SGVsbG8=", "SGVsbG8=", "", "AAAA" * 5000, "UEsDBBQAAAAIAA==", "no base64!")
        ),
        "binary": dice.choice((True, False, None, "yes")),
        "suffix": dice.choice(("txt", "png", "pdf", "docx", "../../sh", "csv", "html", "mp4", "py", "\0")),
        "mime_type": dice.choice(
            ("text/plain", "image/png", "application/pdf", "video/mp4", "x", "a\r\nb: c")
        ),
        "external_locations": dice.choice(
            ({}, {"google": {"file_uri": "@PAGE@"}}, {"gcs": words.value(dice, 2)})
        ),
        "extracted_text": dice.choice((None, "", "", "{{ 7 * 7 }}", words.text(dice))),
    }


def _a_question(dice: Random, made: Document) -> Document:
    chosen: Document = dice.choice(made["survey"]["questions"])
    return chosen


def _templates(dice: Random, made: Document) -> None:
    question = _a_question(dice, made)
    question["question_text"] = templates.template(dice)


def _function(dice: Random, made: Document) -> None:
    question = _a_question(dice, made)
    name = question["question_name"]
    question.clear()
    question.update(functional(name, functions.source(dice)))


def _function_with_a_file(dice: Random, made: Document) -> None:
    _function(dice, made)
    made["scenarios"][0]["file"] = file(dice)


def _kind(dice: Random, made: Document) -> None:
    """Make a question one of another type, with the fields that this type has, oddly filled."""
    question = _a_question(dice, made)
    kind = dice.choice(sorted(FIELDS)) if dice.random() < 0.9 else dice.choice(words.TYPES)
    question["question_type"] = kind
    for name in FIELDS.get(kind, ("question_options",)):
        question[name] = _field(dice, name)
    if dice.random() < 0.1:
        name = dice.choice(sorted({name for names in FIELDS.values() for name in names}))
        question[name] = _field(dice, name)


def _field(dice: Random, name: str) -> Any:
    texts = ["a", "b", templates.template(dice), words.text(dice) or "x", "{{ scenario.x }}"]
    number = dice.choice((1, 2, *words.ODD_NUMBERS))
    usual = {
        "question_options": dice.choice((texts, texts[:3], [1, 2, 3], [*range(150)], "{{ scenario.x }}")),
        "question_items": texts[:3],
        "option_labels": {"1": templates.template(dice), "2": "x"},
        "answer_template": {"x": words.value(dice, 2)},
        "answer_keys": ["x", words.text(dice)],
        "value_types": ["str", dice.choice(("int", "__import__('os')", "list[" * 50))],
        "expected_object_type": dice.choice(("Survey", "functional", "Notebook", "FileStore", "Macro", "os")),
        "include_comment": dice.choice((True, False)),
        "use_code": dice.choice((True, False)),
    }
    if dice.random() < 0.1:
        return words.value(dice)
    return usual.get(name, number)


FIELDS = {
    "multiple_choice": ("question_options", "use_code", "include_comment"),
    "checkbox": ("question_options", "min_selections", "max_selections"),
    "numerical": ("min_value", "max_value"),
    "linear_scale": ("question_options", "option_labels"),
    "list": ("max_list_items",),
    "rank": ("question_options", "num_selections"),
    "budget": ("question_options", "budget_sum"),
    "top_k": ("question_options", "min_selections", "max_selections"),
    "matrix": ("question_items", "question_options"),
    "extract": ("answer_template",),
    "dict": ("answer_keys", "value_types"),
    "edsl_object": ("expected_object_type",),
    "compute": (),
    "yes_no": (),
    "thinking": (),
}


def _answers(dice: Random, made: Document) -> None:
    code = json.dumps({"question_type": "functional", **functional("x", functions.source(dice))})
    answer = dice.choice(
        (
            *(words.text(dice), templates.template(dice), words.value(dice), "NaN", "1" * 5000, "[" * 5000),
            *(code, json.dumps({"__edsl_object__": True, "__edsl_type__": "fly", "__edsl_module__": "os"})),
            *("x" * 3_000_000, '{"answer": ' * 200, "a" * 30 + "!", "1, 2, 3\n" * 1000),
        )
    )
    made["models"][0]["parameters"] = {"canned_response": answer}


def _agents(dice: Random, made: Document) -> None:
    agent = made["agents"][0]
    kind = dice.randrange(5)
    if kind == 0:
        agent["answer_question_directly_source_code"] = functions.source(dice, "self, question, scenario")
        agent["answer_question_directly_function_name"] = "work"
    elif kind == 1:
        agent["dynamic_traits_function_source_code"] = functions.source(dice, "question")
        agent["dynamic_traits_function_name"] = "work"
    elif kind == 2:
        agent["instruction"] = templates.template(dice)
        agent["traits_presentation_template"] = templates.template(dice)
    elif kind == 3:
        agent["traits"] = {
            dice.choice((words.key(dice), "x", "name", "data")): words.value(dice) for _ in range(3)
        }
        agent["codebook"] = {"x": templates.template(dice)}
    else:
        agent["name"] = words.value(dice, 1)
        agent["traits"] = {"x": templates.template(dice), dice.choice(words.ATTRIBUTES): words.value(dice)}


def _scenarios(dice: Random, made: Document) -> None:
    scenario = dice.choice(made["scenarios"])
    scenario[words.key(dice)] = words.value(dice)
    scenario["x"] = dice.choice((templates.template(dice), words.value(dice), file(dice), [file(dice)]))
    _a_question(dice, made)["question_text"] = "{{ x }} {{ scenario.x }} {{ scenario }}"


def _models(dice: Random, made: Document) -> None:
    model = made["models"][0]
    model[dice.choice(("rpm", "tpm", "model_index", words.key(dice)))] = words.value(dice)
    model["parameters"] = {words.key(dice): words.value(dice), "base_url": "@PAGE@", "remote": True}
    model["connection"] = {"base_url": "@PAGE@", "api_key_env": "@VARIABLE@"}
    if dice.random() < 0.1:
        model["inference_service"] = words.value(dice, 1)


def _rules(dice: Random, made: Document) -> None:
    names = [f"q{number}" for number in range(len(made["survey"]["questions"]))]
    rules = rule_collection(names)
    rule = dice.choice(rules["rules"])
    rule["expression"] = templates.filter_expression(dice)
    rule["before_rule"] = dice.choice((True, False))
    if dice.random() < 0.2:
        rule[dice.choice(("next_q", "priority", "current_q"))] = dice.choice((True, -1, 10**9, 0))
    made["survey"]["rule_collection"] = rules


def _anything(dice: Random, made: Document) -> None:
    """Put something odd in the place of anything."""
    holder: Any = made
    for _ in range(dice.randrange(1, 7)):
        places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not places:
            return
        place = dice.choice(places)
        if not isinstance(holder[place], dict | list) or dice.random() < 0.3:
            holder[place] = words.value(dice)
            return
        holder = holder[place]


CHANGES: tuple[Callable[[Random, Document], None], ...] = (
    *(_templates, _templates, _function, _function, _function, _function_with_a_file, _function_with_a_file),
    *(_kind, _kind, _answers, _agents, _scenarios, _models, _rules),
)
