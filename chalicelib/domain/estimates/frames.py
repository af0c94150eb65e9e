"""The words that edsl puts around each type of question, in characters.

Measured with edsl 1.0.9; a test measures them again, by rendering an example of each type.
"""

from collections.abc import Mapping
from dataclasses import dataclass

FREE = frozenset({"compute", "diagram", "functional", "random", "survey_message"})
"""Types of questions that no model is asked."""


@dataclass(frozen=True)
class Frame:
    """The words around one type of question."""

    fixed: int = 0
    comment: int = 0
    """More where a comment may be given, which is so unless the question says otherwise."""
    each: int = 0
    """More for each option."""
    codes: bool = False
    """Its options have numbers, whatever the question says."""


FRAMES: Mapping[str, Frame] = {
    "budget": Frame(325, 82, 5),
    "checkbox": Frame(146, 82, 6),
    "checkbox_with_other": Frame(228, 82, 6),
    "demand": Frame(373, 83, 7),
    "dict": Frame(228, 84, 2),
    "distribution": Frame(429, 90, 14),
    "dropdown": Frame(385, 101, 6),
    "edsl_object": Frame(291),
    "extract": Frame(231),
    "image_generation": Frame(1),
    "interview": Frame(1400),
    "likert_five": Frame(106, 96, 6),
    "linear_scale": Frame(128, 96, 5),
    "list": Frame(150, 83),
    "markdown": Frame(192),
    "matrix": Frame(166, 83, 9),
    "multiple_choice": Frame(106, 96, 6),
    "multiple_choice_with_other": Frame(201, 96, 6),
    "numerical": Frame(218, 74),
    "pydantic": Frame(148, 140),
    "rank": Frame(141, 82, 5, codes=True),
    "top_k": Frame(121, 37, 6),
    "url": Frame(156),
    "yes_no": Frame(82, 67, 6),
}
"""Of types that are not here nothing but the text is sent."""
SHOWN = 6
"""Of a dropdown's options."""
CODE = 3
"""More for each option that has a number, and fewer once: it needs no line of its own."""
FEWER_WITH_CODES = 5
RESTRICTION = 52
"""A sentence such as how many options are to be chosen."""
EXACTLY = 35
BOUND = 30
"""A line that names the least or the largest number."""
LISTS = ("question_options", "question_items", "answer_keys", "value_types", "value_descriptions", "prices")
REPEATED = {"other_option_text": 3, "expected_object_type": 3, "interview_guide": 1, "answer_template": 1}
"""Fields whose text stands in the prompt, and how often."""
SELECTIONS = ("min_selections", "max_selections")
RESTRICTIONS = (*SELECTIONS, "num_selections", "max_list_items")
BOUNDS = ("min_value", "max_value")
TURNS = 10
"""An interview's calls are two a turn."""
INSTRUCTION = "You are answering questions as if you were a human. Do not break character."
