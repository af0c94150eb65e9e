"""Answers that providers were paid for, kept the moment they come (P3).

A run reads back what it wrote itself, however its slices were interrupted; nobody else reads this, and
it expires. Partition ``answers#JOB#RUN#ORIGIN``: what was opened as one slice; sort key
``INTERVIEW#KEY#NUMBER``. The answer lies in the item, compressed, or in S3 where it is too large.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.credits.consumed import Consumed
from chalicelib.domain.json_types import Document
from chalicelib.domain.runs.engine_port import RecordedResponse
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.slice import Slice
from chalicelib.storage.aws.files import FileStore
from chalicelib.storage.aws.items import LARGEST_BODY
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.aws.tables import delete_items, item_of, items_under, write_items


@dataclass(frozen=True)
class ResponseStore:
    """The answers table."""

    table: str
    files: FileStore

    def keep(
        self, names: JobKeys, part: Slice, answers: Sequence[RecordedResponse], *, expires_at: int
    ) -> None:
        """Write answers down; kept twice they are kept once. ``expires_at`` is seconds since 1970.

        Raises ItemsNotWrittenError.
        """
        write_items(self.table, [self._item(names, part, answer, expires_at) for answer in answers])

    def of(self, names: JobKeys, part: Slice) -> Iterator[RecordedResponse]:
        """Return what was answered so far to all interviews that were opened as one slice with this part."""
        for item in items_under(self.table, _partition(part)):
            yield self._answer(names, part.run, item)

    def delete(self, job_id: str, slices: Sequence[tuple[int, int]]) -> None:
        """Keep no answers any longer of some slices, by their runs and starts; files of large ones stay.

        Raises ItemsNotWrittenError.
        """
        in_parallel(lambda each: delete_items(self.table, _name(job_id, *each)), slices)

    def reachable(self) -> None:
        """Ask the table for something, so that its absence is noticed."""
        item_of(self.table, "health", "check")

    def _item(self, names: JobKeys, part: Slice, answer: RecordedResponse, expires_at: int) -> dict[str, Any]:
        sort = f"{answer.index:09d}#{answer.key}#{answer.number:04d}"
        item: dict[str, Any] = {"pk": _partition(part), "sk": sort, "expires_at": expires_at}
        data = json.dumps(_kept(answer)).encode()
        body = zlib.compress(data)
        if len(body) > LARGEST_BODY:
            self.files.write(names.answer(part.run, sort.replace("#", "-")), data)
            return item
        return {**item, "body": body}

    def _answer(self, names: JobKeys, run: int, item: Mapping[str, Any]) -> RecordedResponse:
        sort = str(item["sk"])
        index, key, number = sort.split("#")
        body = item.get("body")
        if body is None:
            data = self.files.read(names.answer(run, sort.replace("#", "-")))
        else:
            data = zlib.decompress(bytes(body))
        said = json.loads(data)
        problem, consumed = said.get("problem"), said.get("consumed")
        return RecordedResponse(
            *(int(index), key, int(number), said["response"], said["seconds"]),
            problem=problem and (problem[0], problem[1]),
            consumed=consumed and Consumed(*consumed),
        )


def _kept(answer: RecordedResponse) -> Document:
    kept = {"response": answer.response, "seconds": answer.seconds}
    if answer.problem is not None:
        kept["problem"] = list(answer.problem)
    if answer.consumed is not None:
        kept["consumed"] = list(vars(answer.consumed).values())
    return kept


def _partition(part: Slice) -> str:
    return _name(part.job_id, part.run, part.origin)


def _name(job_id: str, run: int, origin: int) -> str:
    return f"answers#{job_id}#{run:04d}#{origin:09d}"
