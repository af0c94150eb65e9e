"""What is said of JSON that cannot be taken, in plain words: of a job, or of an object."""

from dataclasses import dataclass

from chalicelib.domain import strict_json
from chalicelib.domain.errors import PerchError


@dataclass(frozen=True)
class Refusals:
    """The sentences about one kind of upload, and the errors that carry them."""

    kind: type[PerchError]
    name: str
    """What was sent, with its article."""
    again: str
    """What to do about it."""
    too_large_kind: type[PerchError]
    part: str
    """What of it may be too large."""

    def empty(self) -> PerchError:
        """Nothing was sent."""
        return self.kind(f"{self.name} is empty. {self.again}.")

    def cut_off(self) -> PerchError:
        """It is JSON as far as it goes."""
        return self.malformed("it ends too early, as if the upload was cut off")

    def malformed(self, why: str) -> PerchError:
        """It is not JSON."""
        return self.kind(f"{self.name} is not JSON: {why}. {self.again}.")

    def not_finite(self, error: strict_json.NotFiniteError) -> PerchError:
        """It has a number that JSON has no form for."""
        return self.kind(f"{self.name} {error}. {self.again} with None or a text in its place.")

    def long_number(self) -> PerchError:
        """It has a number of thousands of digits."""
        return self.malformed("it has a number that is too long")

    def undecodable(self, error: UnicodeDecodeError) -> PerchError:
        """It is not even text, or ends within a character."""
        if error.reason == "unexpected end of data":
            return self.cut_off()
        return self.kind(f"{self.name} is not JSON: it is not UTF-8 text.")

    def too_deep(self, maximum_depth: int) -> PerchError:
        """It is nested deeper than anything a client builds."""
        return self.kind(f"{self.name} is nested deeper than {maximum_depth} levels.")

    def too_large(self, most: int) -> PerchError:
        """A part of it, to be taken whole, is larger than any may be."""
        return self.too_large_kind(
            f"{self.part} of more than {most:,} characters; this Perch takes no larger ones."
        )

    def check_depth(self, value: object, text: str, levels: int, maximum_depth: int) -> None:
        """Refuse a value, read from this text, that has more levels than so many."""
        if text.count("{") + text.count("[") <= levels:
            return  # counting characters is a tenth of the work, and settles it for nearly all rows
        level = [value]
        for _ in range(levels):
            level = [
                child
                for parent in level
                if isinstance(parent, (dict, list))
                for child in (parent.values() if isinstance(parent, dict) else parent)
            ]
            if not level:
                return
        if any(isinstance(child, (dict, list)) for child in level):
            raise self.too_deep(maximum_depth)
