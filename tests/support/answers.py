"""Answers as a good model would give them to the questions of our client programs."""

import re

ANSWERS = (
    ("I am Ada, a poet.", '{"name": "Ada", "work": "poet"}'),
    ("How do you feel", "Good"),
    ("How old is", "41"),
    ("How many riddles", "Nobody can tell."),
    ("How many", "12"),
    ("how much do you like it", "2"),
    ("Do you like school", "yes"),
    ("Why?", "**lack*** of killer bees in cafeteria"),
    ("Why not?", "other"),
    ("Say hello to Bob", "Hello Bob!"),
    ("Say hello to Ada", "Hello Ada!"),
)


SAYS = re.compile("Say »(.*?)«", re.DOTALL)


def answer(prompt: str) -> str:
    """Return what a prompt's question asks to be said, ``Say »yes«``, or a valid answer to it."""
    said = SAYS.search(prompt)
    if said:
        return said[1]
    return next((said for words, said in ANSWERS if words in prompt), "An answer.")
