"""What a page of a large table of results reads and takes.

Its file lies on this machine instead of in S3, so what is measured is this code and DuckDB; S3 would add some
20 ms a request (at most eight at a time) and the time that the bytes take.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chalicelib.domain.results.cells import cells_of
from chalicelib.domain.results.columns import Layout
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.results.table_query import (
    Counting,
    CountQuery,
    Filter,
    Rule,
    Sort,
    TableQuery,
)
from chalicelib.storage.aws.files import FileStore
from chalicelib.storage.columns.tables import TablePlace, TableStore
from infra.repository import ROOT

PLACE = TablePlace("table", "layout")
QUESTIONS = 8
SHOWN = ("answer.q0", "answer.q1", "answer.q2", "answer.q3", "agent.age", "agent.city", "model.model")
MEGABYTE = 1e6
NO_AWS = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}


@dataclass(frozen=True)
class TableLook:
    """One look at a table: what a page asks of it."""

    name: str
    seconds: float
    requests: int
    megabytes: float


@dataclass(frozen=True)
class TableLooks:
    """A table, and what was asked of it."""

    interviews: int
    columns: int
    making_seconds: float
    megabytes: float
    memory_megabytes: float
    """That making it took beside what was there before."""
    looks: tuple[TableLook, ...]


@dataclass(frozen=True)
class _Disk(FileStore):
    """Files in a folder; counts what is asked of them."""

    folder: Path = Path()
    requests: list[int] = field(default_factory=list)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)

    def write_stream(self, name: str, pieces: Iterable[bytes]) -> None:
        with (self.folder / name).open("wb") as file:
            file.writelines(pieces)

    def chunks(self, name: str, extent: tuple[int, int] | None = None) -> Iterator[bytes]:
        begin, end = extent or (0, (self.folder / name).stat().st_size)
        self.requests.append(end - begin)
        with (self.folder / name).open("rb") as file:
            file.seek(begin)
            yield file.read(end - begin)


def rows(count: int) -> Iterator[InterviewRow]:
    """Yield interviews of eight questions: texts of 30 words, choices and numbers."""
    drawn = random.Random(1)
    words = ["".join(drawn.choices("abcdefghij", k=drawn.randint(2, 9))) for _ in range(3000)]
    kinds: tuple[Callable[[], object], ...] = (
        lambda: " ".join(drawn.choices(words, k=30)),
        lambda: drawn.choice(["yes", "no", "maybe"]),
        lambda: drawn.randint(0, 100),
    )
    for index in range(count):
        answers = {f"q{number}": kinds[number % 3]() for number in range(QUESTIONS)}
        yield InterviewRow(
            index,
            {
                "agent": {"traits": {"age": drawn.randint(18, 90), "city": drawn.choice(words[:50])}},
                "scenario": {"topic": drawn.choice(words[:20])},
                "model": {"model": "a model", "inference_service": "a service", "parameters": {"top_p": 1}},
                "iteration": 0,
                "answer": answers,
                "comments_dict": {
                    f"{name}_comment": " ".join(drawn.choices(words, k=12)) for name in answers
                },
                "raw_model_response": {f"{name}_input_tokens": 10 for name in answers},
            },
        )


def _looked_at(store: TableStore, layout: Layout, disk: _Disk) -> Iterator[TableLook]:
    places = {str(column.name): place for place, column in enumerate(layout.columns)}
    shown = tuple(places[name] for name in SHOWN)
    text, choice, number = (places[f"answer.q{number}"] for number in range(3))
    chosen = Filter(choice, Rule.IS, "yes")
    pages = {
        "the first page (loads DuckDB)": TableQuery(shown),
        "the first page, once more": TableQuery(shown),
        "the last page": TableQuery(shown, start=layout.rows - 50),
        "sorted by a number": TableQuery(shown, sort=(Sort(number, descending=True),)),
        "sorted by a text": TableQuery(shown, sort=(Sort(text),)),
        "filtered by a choice, sorted by a number": TableQuery(shown, (chosen,), (Sort(number),), start=1000),
        "texts that contain a word": TableQuery(shown, (Filter(text, Rule.CONTAINS, "abc"),)),
    }
    counts = {
        "bars": CountQuery(choice, Counting.VALUES),
        "bars, split": CountQuery(choice, Counting.VALUES, places["agent.city"]),
        "a histogram": CountQuery(number, Counting.BINS),
        "words": CountQuery(text, Counting.WORDS),
    }
    looks: dict[str, Callable[[], object]] = {
        name: lambda query=query: store.find(PLACE, layout, query)  # type: ignore[misc]
        for name, query in pages.items()
    }
    looks |= {
        name: lambda query=query: store.count(PLACE, layout, [query])  # type: ignore[misc]
        for name, query in counts.items()
    }
    for name, look in looks.items():
        disk.requests.clear()
        began = time.perf_counter()
        look()
        seconds = time.perf_counter() - began
        yield TableLook(name, seconds, len(disk.requests), sum(disk.requests) / MEGABYTE)


def look_at_table(interviews: int) -> TableLooks:
    """Write a table and look at it in several ways, in this process."""
    os.environ.update(NO_AWS)
    with tempfile.TemporaryDirectory() as folder:
        disk = _Disk("none", folder=Path(folder))
        store = TableStore(disk)
        before, began = peak(), time.perf_counter()
        layout = store.write(PLACE, map(cells_of, rows(interviews)), first=())
        seconds, memory = time.perf_counter() - began, peak() - before
        return TableLooks(
            interviews=interviews,
            columns=len(layout.columns),
            making_seconds=seconds,
            megabytes=(disk.folder / PLACE.file).stat().st_size / MEGABYTE,
            memory_megabytes=memory,
            looks=tuple(_looked_at(store, layout, disk)),
        )


def look_apart(interviews: int, say: Callable[[str], None]) -> TableLooks:
    """Do the same in a process of its own, which has loaded nothing else."""
    command = [sys.executable, "-m", "infra.bench.results_table", "--json", "--interviews", str(interviews)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = json.loads(told)
    looks = TableLooks(**{**found, "looks": tuple(TableLook(**look) for look in found["looks"])})
    slowest = max(look.seconds for look in looks.looks)
    say(f"{interviews:>6,} results     the slowest look at their table {slowest:.2f} s")
    return looks


def peak() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
