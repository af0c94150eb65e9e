"""What clients tell of their own machines; whatever else they tell beside it is not looked at.

Client contract, section 1 ("Accounts and the rest"). What is too long is cut, not refused: the client would
only lose it.
"""

from itertools import islice
from typing import Annotated

from pydantic import BeforeValidator, Field

from chalicelib.api.schemas.schema import Schema
from chalicelib.domain.client_reports import ExceptionsMet, LocalProgress, ModelProgress

LONGEST_NAME = 200
LONGEST_MESSAGE = 2_000
LONGEST_TRACE = 10_000
MOST_LISTED = 50
"""Models, and kinds of exceptions, of one run."""


def _cut_to(characters: int) -> BeforeValidator:
    return BeforeValidator(lambda text: text[:characters] if isinstance(text, str) else text)


Name = Annotated[str, _cut_to(LONGEST_NAME)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class Progress(Schema):
    """Of all interviews."""

    completed: Count = 0
    total: Count = 0
    has_exceptions: Count = 0


class OfModel(Schema):
    """Of one model's."""

    completed: Count = 0
    total: Count = 0


class Met(Schema):
    """A kind of exception."""

    exception_type: Name = ""
    inference_service: Name | None = None
    model: Name | None = None
    question_name: Name | None = None
    count: Count = 0


class LocalRunTold(Schema):
    """``PATCH local-job/{uuid}``."""

    status: Annotated[str, _cut_to(LONGEST_NAME)]
    overall_progress: Progress
    language_model_progress: dict[str, OfModel] = {}
    exceptions_counter: list[Met] = []

    def progress(self) -> LocalProgress:
        """Return what is kept of it."""
        models = islice(self.language_model_progress.items(), MOST_LISTED)
        return LocalProgress(
            completed=self.overall_progress.completed,
            total=self.overall_progress.total,
            with_exceptions=self.overall_progress.has_exceptions,
            ended=self.status == "completed",
            models=tuple(ModelProgress(name[:LONGEST_NAME], it.completed, it.total) for name, it in models),
            exceptions=tuple(
                ExceptionsMet(
                    kind=it.exception_type,
                    service=it.inference_service or "",
                    model=it.model or "",
                    question=it.question_name or "",
                    count=it.count,
                )
                for it in self.exceptions_counter[:MOST_LISTED]
            ),
        )


class ErrorTold(Schema):
    """``POST user_service_error_logs``, as 1.0.9 sends it."""

    error_type: Name
    error_message: Annotated[str, _cut_to(LONGEST_MESSAGE)]
    traceback: Annotated[str, _cut_to(LONGEST_TRACE)] = ""


class ErrorCreated(Schema):
    """``POST errors``, as ``error_create`` of 0.1.33 sends it."""

    json_string: Annotated[str, _cut_to(LONGEST_MESSAGE)]
    version: Name = ""
