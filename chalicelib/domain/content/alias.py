"""What an owner calls an object, unique among the owner's own, however its letters are written."""

import re

from chalicelib.domain.errors import InvalidRequestError

LONGEST_ALIAS = 100
ALIAS = re.compile("[a-zA-Z0-9-]+")
NO_ALIAS = f"alias: 1 to {LONGEST_ALIAS} letters, digits and hyphens were expected."
ALIAS_TAKEN = (
    "You already have an object with the alias '{}'. Choose another alias, or change the object that has it."
)
"""The newest client looks for these words (client contract, section 2.3)."""


def is_alias(text: str) -> bool:
    """Tell whether an object can be called so."""
    return len(text) <= LONGEST_ALIAS and ALIAS.fullmatch(text) is not None


def checked_alias(text: str | None) -> str | None:
    """Return an alias as it was given, if one was; raises InvalidRequestError with what one is."""
    if text is not None and not is_alias(text):
        raise InvalidRequestError(NO_ALIAS)
    return text


def alias_pointer(alias: str) -> str:
    """Return the form in which an alias is looked up."""
    return alias.lower()
