"""Cache entries: answers of models, each under EDSL's own key for what was asked.

The key is the same in all client releases (client contract, section 8). It joins its fields without a
separator and leaves out the service, so that two prompts may share one: whoever uses an entry compares
its fields with what is asked.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from functools import cached_property
from operator import attrgetter

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.json_types import Document

KEY_LENGTH = 32
HEXADECIMAL = frozenset("0123456789abcdef")
LARGEST_NUMBER = 2**53
"""JSON's readers agree on no larger integers."""
LONGEST_LETTER = 12
"""Bytes of one letter in JSON: two escapes."""
REST = 1000
"""Bytes of an entry as JSON besides its texts and parameters, at the most: its names and numbers."""
SORTED = json.JSONEncoder(sort_keys=True)


@dataclass(frozen=True)
class CacheEntry:
    """One answer of a model and what was asked; all but ``variant`` are EDSL's own fields."""

    model: str
    parameters: Document
    system_prompt: str
    user_prompt: str
    output: str
    """The provider's raw answer as JSON."""
    iteration: int
    timestamp: int
    """Seconds since 1970."""
    service: str | None = None
    """None: clients before 0.1.50 or so did not write it down."""
    validated: bool = False
    variant: str | None = None
    """A digest of what the answer depends on though the fields leave it out, empty where that is nothing:
    what files hold, of which a job may state any hash, and what the test model is to say. None in entries
    that clients made: nobody knows."""

    @cached_property
    def sorted_parameters(self) -> str:
        """Return the parameters as JSON, by their names."""
        return SORTED.encode(self.parameters)

    @cached_property
    def key(self) -> str:
        """Return EDSL's key of this entry (all releases: ``CacheEntry.gen_key``): 32 hexadecimal digits."""
        asked = f"{self.model}{self.sorted_parameters}{self.system_prompt}{self.user_prompt}{self.iteration}"
        # A lone surrogate, which JSON can spell, has no UTF-8; edsl itself fails on it.
        return hashlib.md5(asked.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()

    @cached_property
    def identity(self) -> str:
        """Return a digest of all that is asked: two that share EDSL's key by chance do not share this."""
        asked = [
            *(self.model, self.sorted_parameters, self.system_prompt, self.user_prompt),
            *(self.iteration, self.service, self.variant),
        ]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    def fields(self) -> Document:
        """Return its fields by their names."""
        return dict(zip(FIELDS, _VALUES(self), strict=True))

    def answers(self, asked: "CacheEntry") -> bool:
        """Tell whether this is an answer to just what is asked (of ``asked``, the output means nothing)."""
        return (
            (self.model, self.system_prompt, self.user_prompt, self.iteration)
            == (asked.model, asked.system_prompt, asked.user_prompt, asked.iteration)
            and self.sorted_parameters == asked.sorted_parameters
            and self.service in {None, asked.service}
            and self.variant in {None, asked.variant}
        )

    def document(self) -> Document:
        """Return it as 1.0.9 writes it; ``variant`` is Perch's own and stays here."""
        fields = self.fields()
        del fields["variant"]
        return fields


FIELDS = tuple(field.name for field in fields(CacheEntry))
_VALUES = attrgetter(*FIELDS)


@dataclass(frozen=True)
class NewEntry:
    """An entry that an interview of a job has paid for: valid, and to be kept in the account's cache."""

    index: int
    """The interview's."""
    entry: CacheEntry
    corrects: bool = False
    """The cache had an entry of this key that was no answer, or no valid one, to what was asked."""

    def is_longer_than(self, most: int) -> bool:
        """Tell whether the entry has more than so many bytes as JSON.

        It is written down for that only if it may have: almost none does.
        """
        entry = self.entry
        texts = (entry.model, entry.service or "", entry.system_prompt, entry.user_prompt, entry.output)
        letters = sum(map(len, texts))
        at_most = LONGEST_LETTER * letters + len(entry.sorted_parameters) + REST
        return at_most > most and len(json.dumps(entry.document())) > most


def is_key(value: object) -> bool:
    """Tell whether something has the form of a key."""
    return isinstance(value, str) and len(value) == KEY_LENGTH and set(value) <= HEXADECIMAL


def read_entry(data: object, variant: str | None = None) -> CacheEntry:
    """Return an entry from what a client of any release wrote; ``variant`` is who read it to know.

    Raises InvalidRequestError with a sentence that says which field is wrong.
    """
    if not isinstance(data, dict):
        raise InvalidRequestError("A cache entry must be a JSON object: model, parameters, prompts, output.")
    service, timestamp = data.get("service"), data.get("timestamp")
    if service is not None and not isinstance(service, str):
        raise _wrong("service", "text or null")
    return CacheEntry(
        model=_text(data, "model"),
        parameters=_parameters(data),
        system_prompt=_text(data, "system_prompt"),
        user_prompt=_text(data, "user_prompt"),
        output=_text(data, "output"),
        iteration=_count(data, "iteration"),
        timestamp=0 if timestamp is None else _count(data, "timestamp"),
        service=service,
        validated=data.get("validated") is True,
        variant=variant,
    )


def _text(data: Document, name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise _wrong(name, "text")
    return value


def _count(data: Document, name: str) -> int:
    value = data.get(name) or 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_NUMBER:
        raise _wrong(name, "a whole number from 0")
    return value


def _parameters(data: Document) -> Document:
    value = data.get("parameters")
    if not isinstance(value, dict):
        raise _wrong("parameters", "a JSON object")
    return value


def _wrong(name: str, wanted: str) -> InvalidRequestError:
    return InvalidRequestError(f"A cache entry's {name} must be {wanted}.")
