"""What the condition of a survey's rule says, in words; nothing is evaluated."""

import re

LITERAL = r"""'[^'"\\]*'|"[^'"\\]*"|-?[0-9]+(?:\.[0-9]+)?|True|False|None"""
LIST = rf"\[\s*(?:{LITERAL})(?:\s*,\s*(?:{LITERAL}))*\s*\]"
ANSWER = r"(?:\{{\{{\s*(?P<{0}>[A-Za-z_]\w*)\.answer\s*\}}\}}|(?P<{0}_bare>[A-Za-z_]\w*)(?:\.answer)?)"
COMPARED = re.compile(
    rf"\s*{ANSWER.format('name')}\s*(?P<how>==|!=|>=|<=|>|<|\bnot\s+in\b|\bin\b)\s*(?P<what>{LIST}|{LITERAL})\s*"
)
CONTAINED = re.compile(rf"\s*(?P<what>{LITERAL})\s*(?P<how>\bnot\s+in\b|\bin\b)\s*{ANSWER.format('name')}\s*")
JOINED = re.compile(r"(and|or)\b")
COMPARISONS = {
    "==": "is",
    "!=": "is not",
    ">": "is more than",
    "<": "is less than",
    ">=": "is at least",
    "<=": "is at most",
    "in": "is one of",
    "not in": "is none of",
}
CONTAINMENTS = {"in": "has", "not in": "does not have"}


def in_words(expression: str, question: str) -> str:
    """Return what a condition says of the answers to questions, ``question`` being the one it stands at.

    Nothing where there are no plain words for it: then it is to be shown as it is written.
    """
    said: list[str] = []
    joins: set[str] = set()
    place = 0
    while found := COMPARED.match(expression, place) or CONTAINED.match(expression, place):
        said.append(_words(found, question))
        place = found.end()
        if place == len(expression):
            break
        joined = JOINED.match(expression, place)
        if joined is None:
            return ""
        joins.add(joined[1])
        place = joined.end()
    # Of a mixture one would have to say what belongs together.
    if place != len(expression) or len(joins) > 1 or found is None:
        return ""
    return f" {''.join(joins)} ".join(said)


def _words(found: re.Match[str], question: str) -> str:
    name = found["name"] or found["name_bare"]
    how, what = " ".join(found["how"].split()), found["what"]
    words = COMPARISONS if found.re is COMPARED else CONTAINMENTS
    whose = "the answer" if name == question else f"the answer to {name}"
    return f"{whose} {words[how]} {what}"
