"""Read JSON that a stranger wrote piece by piece, in memory that does not grow with it.

What counts as JSON is what Python's ``json`` takes, but for NaN and infinite numbers: each value is read
by ``json`` itself, from a buffer that grows until the value is whole.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator

from chalicelib.domain.errors import NotAnEdslJobError, TooLargeError
from chalicelib.domain.json_types import Json
from chalicelib.domain.plans.payload import (
    check_depth,
    cut_off,
    empty,
    malformed,
    not_finite,
    too_deep,
    undecodable,
)
from chalicelib.domain.strict_json import DECODER, LENIENT, NotFiniteError, located

NOT_SPACE = re.compile(r"[^ \t\n\r]")
LONGEST_TOKEN = 16
"""No word, escape or number's tail that a buffer's end may cut in two is longer (``-Infinity``)."""
NUMBERS_TAIL = 3
"""After ``1`` may come ``e+5``: before so many characters more are known, a number has not ended."""
SKIPPED_AT_ONCE = 1024 * 1024


class JsonReader:
    """Reads one JSON text. Whoever is given a member or an item must take or skip its value.

    All methods raise NotAnEdslJobError, with a sentence for a person, as soon as what was read so
    far cannot be the beginning of JSON; and TooLargeError for a value to be taken whole that
    has more than ``maximum_value`` characters.
    """

    def __init__(self, chunks: Iterable[bytes], *, maximum_depth: int, maximum_value: int) -> None:
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._maximum_depth = maximum_depth
        self._maximum_value = maximum_value
        self._depth = 0
        self._path: list[str] = []
        self._text = ""
        self._at = 0
        self._dropped = 0
        self._ended = False
        self._blank = True

    def peek(self) -> str:
        """Return the next character that is not white space without taking it; "" at the end."""
        while True:
            found = NOT_SPACE.search(self._text, self._at)
            if found:
                self._blank = False
                self._at = found.start()
                return found[0]
            self._at = len(self._text)
            if not self._more(1):
                if self._blank:
                    raise empty()
                return ""

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that comes next; at each, its value is next."""
        for _ in self._inside("{", "}"):
            if self.peek() != '"':
                raise self._wrong("Expecting property name enclosed in double quotes", self._at)
            key, _ = self.take()
            if self.peek() != ":":
                raise self._wrong("Expecting ':' delimiter", self._at)
            self._at += 1
            self._path.append(f".{key}" if self._path else key)
            yield key
            self._path.pop()

    def items(self) -> Iterator[None]:
        """Stop at each item of the list that comes next."""
        for number, _ in enumerate(self._inside("[", "]")):
            self._path.append(f"[{number}]")
            yield
            self._path.pop()

    def take(self) -> tuple[Json, str]:
        """Return the next value and the text it was read from."""
        self.peek()
        value, end = self._decoded(self._maximum_value)
        text = self._text[self._at : end]
        self._at = end
        check_depth(value, text, self._maximum_depth - self._depth, self._maximum_depth)
        return value, text

    def skip(self) -> None:
        """Pass the next value over, of whatever size it is if it is an object or a list."""
        opening = self.peek()
        if opening not in ("{", "["):
            self.take()
            return
        try:
            value, end = self._decoded(SKIPPED_AT_ONCE)
        except TooLargeError:
            for _ in self.members() if opening == "{" else self.items():
                self.skip()
            return
        text = self._text[self._at : end]
        check_depth(value, text, self._maximum_depth - self._depth, self._maximum_depth)
        self._at = end

    def end(self) -> None:
        """Read what is left, which must be white space."""
        if self.peek():
            raise self._wrong("Extra data", self._at)

    def _inside(self, opening: str, closing: str) -> Iterator[None]:
        if self.peek() != opening:
            raise self._wrong("Expecting value", self._at)
        if self._depth >= self._maximum_depth:
            raise too_deep(self._maximum_depth)
        self._depth += 1
        self._at += 1
        more = self.peek() != closing
        while more:
            yield
            found = self.peek()
            if found != closing:
                if found != ",":
                    raise self._wrong("Expecting ',' delimiter", self._at)
                self._at += 1
            more = found == ","
        self._at += 1
        self._depth -= 1

    def _decoded(self, most: int) -> tuple[Json, int]:
        """Return the value that begins here and where it ends; the buffer grows until it does."""
        decoder = DECODER
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._at)
            except NotFiniteError:
                decoder = LENIENT  # the value is still to be read to its end, to say where in it
                continue
            except RecursionError as error:
                raise too_deep(self._maximum_depth) from error
            except json.JSONDecodeError as error:
                if self._ended or not self._may_go_on(error):
                    raise self._wrong(error.msg, error.pos) from error
            except ValueError as error:  # a number of thousands of digits
                raise malformed("it has a number that is too long") from error
            else:
                known = len(self._text) >= end + NUMBERS_TAIL
                if known or self._ended or not isinstance(value, int | float):
                    if decoder is LENIENT:
                        raise not_finite(located(value, "".join(self._path)))
                    if end - self._at > most:
                        raise _too_large(most)
                    return value, end
            if len(self._text) - self._at > most:
                raise _too_large(most)
            self._more(len(self._text) - self._at)

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Tell whether an error comes of the buffer's end, not of what was sent."""
        return "Unterminated" in error.msg or len(self._text[error.pos :].strip()) <= LONGEST_TOKEN

    def _more(self, least: int) -> bool:
        """Read at least so many characters more, doubling what is tried anew; False at the end."""
        if self._ended:
            return False
        self._dropped += self._at
        pieces, self._at = [self._text[self._at :]], 0
        while least > 0 and not self._ended:
            chunk = next(self._chunks, None)
            self._ended = chunk is None
            try:
                piece = self._decoder.decode(chunk or b"", final=self._ended)
            except UnicodeDecodeError as error:
                raise undecodable(error) from error
            pieces.append(piece)
            least -= len(piece)
        self._text = "".join(pieces)
        return len(self._text) > len(pieces[0])

    def _wrong(self, message: str, position: int) -> NotAnEdslJobError:
        if self._ended and ("Unterminated" in message or not self._text[position:].strip()):
            return cut_off()
        return malformed(f"{message} at {self._dropped + position}")


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(
        f"The job has a part (its survey, or one agent, scenario or model) of more than {most:,} characters; "
        "this Perch takes no larger ones."
    )
