"""Write a job down in its private form: read once as a stream, split into row files and the rest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from chalicelib.domain.errors import NotAnEdslJobError, TooLargeError
from chalicelib.domain.json_stream import JsonReader
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import LISTS, Assignments, triple_of
from chalicelib.domain.plans.payload import OF_A_JOB
from chalicelib.domain.plans.plan import ASSIGNMENTS, RowList
from chalicelib.domain.plans.row_file import RowLines, machine_json
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.releases.prepare import (
    check_row,
    check_survey,
    default_models,
    no_list,
    no_object,
    prepared_model,
)
from chalicelib.releases.release import Release
from chalicelib.services.deps import deps

SURVEY = "survey"
EXPRESSION = "include_expression"
TAKEN = frozenset({SURVEY, EXPRESSION, ASSIGNMENTS, *LISTS})
"""What a run is made of. What follows it (``_post_run_methods``) or comes before it (``_depends_on``)
is the client's own work and is left out, so that a job cannot smuggle in a second one."""
FIRST_ROWS = 2000
FIRST_CHARACTERS = 8 * 1024 * 1024


@dataclass
class Split:
    """What reading a job once told about it."""

    survey: Document = field(default_factory=dict)
    expression: str | None = None
    lists: dict[str, RowList] = field(default_factory=dict)
    first: dict[str, list[Document]] = field(default_factory=lambda: {name: [] for name in LISTS})
    """All models, and of agents and scenarios the first few: enough to find most broken jobs out."""


class Splitter:
    """Splits one job. Raises NotAnEdslJobError or TooLargeError for what is no job."""

    def __init__(self, files: JobKeys, release: Release) -> None:
        self._files = files
        self._release = release
        self._split = Split()
        self._assignments = Assignments()

    def split(self, chunks: Iterable[bytes]) -> Split:
        """Read a payload, write its row files, return the rest."""
        chosen = deps().settings
        reader = JsonReader(
            chunks,
            maximum_depth=chosen.maximum_depth,
            maximum_value=chosen.maximum_row_bytes,
            refusals=OF_A_JOB,
        )
        if reader.peek() != "{":
            reader.skip()
            reader.end()
            raise no_object()
        seen: set[str] = set()
        for key in reader.members():
            if key not in TAKEN:
                reader.skip()
                continue
            if key in seen:
                raise NotAnEdslJobError(f"The payload is not an EDSL job: it has its {key} twice.")
            seen.add(key)
            self._take(key, reader)
        reader.end()
        self._check()
        return self._split

    def _take(self, key: str, reader: JsonReader) -> None:
        if key == SURVEY:
            self._split.survey = check_survey(reader.take()[0])
        elif key == EXPRESSION:
            self._split.expression = _expression(reader.take()[0])
        elif reader.peek() != "[":
            raise _no_assignments() if key == ASSIGNMENTS else no_list(key)
        elif key == ASSIGNMENTS:
            taken = (triple_of(reader.take()[0], number) for number, _ in enumerate(reader.items()))
            self._split.lists[key] = write_list(self._files, key, self._assignments.rows(taken))
        else:
            rows = self._models(reader) if key == "models" else self._rows(key, reader)
            self._split.lists[key] = write_list(self._files, key, rows)

    def _rows(self, name: str, reader: JsonReader) -> Iterator[tuple[Json, str]]:
        first = self._split.first[name]
        room = FIRST_CHARACTERS
        for number, _ in enumerate(reader.items()):
            row, text = reader.take()
            check_row(name, row)
            if number == len(first) < FIRST_ROWS and len(text) <= room:
                room -= len(text)
                first.append(row)
            yield row, text

    def _models(self, reader: JsonReader) -> Iterator[tuple[Json, str]]:
        """Yield the models in the form that the engine loads, and keep them all."""
        kept = self._split.first["models"]
        room = FIRST_CHARACTERS
        for _ in reader.items():
            sent, text = reader.take()
            check_row("models", sent)
            row = prepared_model(sent, self._release)
            kept.append(row)
            room -= len(text)
            if room < 0:
                raise TooLargeError(
                    f"The job's models have more than {FIRST_CHARACTERS:,} characters; "
                    "this Perch takes no more of them."
                )
            yield row, text if row is sent else machine_json(row)
        if not kept:
            kept += default_models(self._release)
            yield from ((row, machine_json(row)) for row in kept)

    def _check(self) -> None:
        check_survey(self._split.survey or None)
        for name in LISTS:
            if name not in self._split.lists:
                raise no_list(name)
        self._assignments.check({name: rows.count for name, rows in self._split.lists.items()})


def write_list(files: JobKeys, name: str, rows: Iterable[tuple[Json, str]]) -> RowList:
    """Write one of a job's lists into its file, unless it is short; return where its rows are."""
    lines = RowLines()
    pieces = lines.pieces(rows)
    first = next(pieces, None)
    if first is not None:
        deps().files.write_stream(files.list(name), chain([first], pieces))
    return lines.index()


def _expression(found: Json) -> str | None:
    if found is not None and not isinstance(found, str):
        raise NotAnEdslJobError("The payload is not an EDSL job: its include_expression is not a text.")
    return found or None


def _no_assignments() -> NotAnEdslJobError:
    return NotAnEdslJobError("The payload is not an EDSL job: its assignments are not a list.")
