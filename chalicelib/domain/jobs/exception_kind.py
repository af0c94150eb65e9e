"""Which exceptions are meant, where only interviews that met them are to be run again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ExceptionKind:
    """Exceptions of one type, at one question of one model; what is empty may be anything."""

    exception_type: str
    service: str = ""
    model: str = ""
    question_name: str = ""

    def includes(self, other: "ExceptionKind") -> bool:
        """Tell whether exceptions of another kind are of this one, too."""
        return (
            self.exception_type == other.exception_type
            and self.service in {"", other.service}
            and self.model in {"", other.model}
            and self.question_name in {"", other.question_name}
        )
