"""Answers as a good model would give them to the questions of our client programs."""

ANSWERS = (
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


def answer(prompt: str) -> str:
    """Return a valid answer to a prompt's question."""
    return next((said for words, said in ANSWERS if words in prompt), "An answer.")
