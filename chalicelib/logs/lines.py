"""The log's lines: one JSON object each, with what it is about (``context``)."""

import logging
import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from chalicelib.logs.context import told
from chalicelib.logs.errors import trace_of

ORDER = ["timestamp", "level", "message", "service", "correlation_id", "account", "job", "run", "slice"]
"""How a line begins, so that people read it, too; the rest follows."""


class Lines(LambdaPowertoolsFormatter):
    """Powertools' lines, with errors told without the values that they quote."""

    def __init__(self) -> None:
        super().__init__(log_record_order=list(ORDER), use_rfc3339=True, utc=True, serialize_stacktrace=False)

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line; who writes it is its logger, unless that says so itself."""
        record.__dict__.setdefault("service", record.name)
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 - logging's own signature
        """Return where an error came from, and what it was."""
        return trace_of(ei[1])


def _with_what_it_is_about(record: logging.LogRecord) -> bool:
    for name, value in told().items():
        record.__dict__.setdefault(name, value)
    return True


def logger_of(service: str) -> Logger:
    """Return the logger of a part of Perch; ``service`` is what its lines say they are from."""
    made = Logger(service=service, logger_formatter=Lines())
    underlying = logging.getLogger(service)
    if _with_what_it_is_about not in underlying.filters:
        underlying.addFilter(_with_what_it_is_about)
    return made


def this_process() -> str:
    """Return what the operator finds this process's log by: a log stream, or function and number."""
    stream = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
    return stream or f"{os.environ.get('_HANDLER', 'process').rpartition('.')[2]} {os.getpid()}"
