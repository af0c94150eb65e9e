"""Read JSON that a stranger wrote piece by piece, in memory that does not grow with it.

What counts as JSON is what Python's ``json`` takes, but for NaN and infinite numbers: each value is read
by ``json`` itself, from a buffer that grows until the value is whole.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator

from chalicelib.domain.errors import PerchError
from chalicelib.domain.json_refusals import Refusals
from chalicelib.domain.json_types import Json
from chalicelib.domain.strict_json import DECODER, LENIENT, NotFiniteError, located

NOT_SPACE = re.compile(r"[^ \t\n\r]")
LONGEST_TOKEN = 16
"""No word, escape or number's tail that a buffer's end may cut in two is longer (``-Infinity``)."""
NUMBERS_TAIL = 3
"""After ``1`` may come ``e+5``: before so many characters more are known, a number has not ended."""
INSIDE_TEXT = re.compile(r'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
"""What a text between quotation marks may consist of."""
LONGEST_ESCAPE = 6
WORDS = ("true", "false", "null", "-Infinity", "Infinity", "NaN")
SKIPPED_AT_ONCE = 1024 * 1024


class JsonReader:
    """Reads one JSON text. Whoever is given a member or an item must take or skip its value.

    All methods raise what ``refusals`` say, with a sentence for a person, as soon as what was read so
    far cannot be the beginning of JSON; also for a value to be taken whole that has more than
    ``maximum_value`` characters.
    """

    def __init__(
        self, chunks: Iterable[bytes], *, maximum_depth: int, maximum_value: int, refusals: Refusals
    ) -> None:
        self._chunks = iter(chunks)
        self._refusals = refusals
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
                    raise self._refusals.empty()
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
        taken = self.take_small(self._maximum_value)
        if taken is None:
            raise self._refusals.too_large(self._maximum_value)
        return taken

    def take_small(self, most: int) -> tuple[Json, str] | None:
        """Return the next value and its text; None, and it is still next, if that has more characters."""
        self.peek()
        decoded = self._decoded(most)
        if decoded is None:
            return None
        value, end = decoded
        text = self._text[self._at : end]
        levels = self._maximum_depth - self._depth
        self._refusals.check_depth(value, text, levels, self._maximum_depth)
        self._at = end
        return value, text

    def skip(self) -> None:
        """Pass the next value over, of whatever size it is unless it is a number."""
        opening = self.peek()
        if opening == '"':
            self._skip_text()
        elif opening not in ("{", "["):
            self.take()
        elif self.take_small(SKIPPED_AT_ONCE) is None:
            for _ in self.members() if opening == "{" else self.items():
                self.skip()

    def end(self) -> None:
        """Read what is left, which must be white space."""
        if self.peek():
            raise self._wrong("Extra data", self._at)

    def _skip_text(self) -> None:
        """Pass over what stands between quotation marks, however long it is."""
        self._at += 1
        while True:
            found = INSIDE_TEXT.match(self._text, self._at)
            end = found.end() if found else self._at
            if self._text.startswith('"', end):
                self._at = end + 1
                return
            if self._ended:
                raise self._wrong("Unterminated string", end)
            if len(self._text) - end >= LONGEST_ESCAPE:
                raise self._wrong("Invalid escape or control character", end)
            self._at = end
            self._more(1)

    def _inside(self, opening: str, closing: str) -> Iterator[None]:
        if self.peek() != opening:
            raise self._wrong("Expecting value", self._at)
        if self._depth >= self._maximum_depth:
            raise self._refusals.too_deep(self._maximum_depth)
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

    def _decoded(self, most: int) -> tuple[Json, int] | None:
        """Return the value that begins here and where it ends, None if it has more characters than so many.

        The buffer grows until it has ended.
        """
        decoder = DECODER
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._at)
            except NotFiniteError:
                decoder = LENIENT  # the value is still to be read to its end, to say where in it
                continue
            except RecursionError as error:
                raise self._refusals.too_deep(self._maximum_depth) from error
            except json.JSONDecodeError as error:
                if self._ended or not self._may_go_on(error):
                    raise self._wrong(error.msg, error.pos) from error
            except ValueError as error:  # a number of thousands of digits
                raise self._refusals.long_number() from error
            else:
                known = len(self._text) >= end + NUMBERS_TAIL
                if known or self._ended or not isinstance(value, int | float):
                    if decoder is LENIENT:
                        raise self._refusals.not_finite(located(value, "".join(self._path)))
                    return (value, end) if end - self._at <= most else None
            if len(self._text) - self._at > most:
                return None
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
                raise self._refusals.undecodable(error) from error
            pieces.append(piece)
            least -= len(piece)
        self._text = "".join(pieces)
        return len(self._text) > len(pieces[0])

    def _wrong(self, message: str, position: int) -> PerchError:
        rest = self._text[position:].strip()
        half_a_word = any(word.startswith(rest) for word in WORDS)
        half_an_escape = "escape" in message and '"' not in rest and len(rest) < LONGEST_ESCAPE
        if self._ended and ("Unterminated" in message or half_a_word or half_an_escape):
            return self._refusals.cut_off()
        return self._refusals.malformed(f"{message} at {self._dropped + position}")
