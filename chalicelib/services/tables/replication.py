"""The replication package of results: an archive of all that it takes to run their job again and compare."""

import json
import platform
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import version

from chalicelib.domain.cache.entry import CacheEntry
from chalicelib.domain.credits.money import UNITS_PER_CREDIT
from chalicelib.domain.json_types import Json, object_in
from chalicelib.domain.object_keys import uploaded_key
from chalicelib.domain.plans.combinations import LISTS
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.paid_by import paid_by
from chalicelib.domain.times import iso
from chalicelib.releases.cache_entries import NEWEST, file_lines
from chalicelib.services.deps import deps
from chalicelib.services.job_files.subset import all_rows, plan_of
from chalicelib.services.results.results import kept_place
from chalicelib.services.results.table_files import rows_of
from chalicelib.services.tables.archive import ArchivedFile, kept_file, zip_pieces
from chalicelib.services.tables.pieces import csv_pieces, jsonl_pieces
from chalicelib.services.tables.readable import ReadableTable
from chalicelib.services.tables.replication_texts import README, RUN
from chalicelib.storage.aws.tables import READ_BATCH

ENGINE = "edsl"


def replication_pieces(found: ReadableTable) -> Iterator[bytes]:
    """Yield the archive, piece by piece. Raises MissingFileError if the results are gone."""
    return zip_pieces(_files(found))


def _files(found: ReadableTable) -> Iterator[ArchivedFile]:
    job, content = found.job, found.content
    files, plan = JobKeys.of(job), plan_of(job)
    yield _text("README.md", _readme(found))
    yield _text("run.py", RUN.format(iterations=job.iterations))
    yield _text("requirements.txt", f"{ENGINE}=={version(ENGINE)}\n")
    yield _document("versions.json", _versions(found))
    yield _document("costs.json", list(_costs(found)))
    yield from kept_file("job.json", files.original)
    yield _document("survey.json", plan.survey)
    for name in LISTS:
        rows = (row for row, _ in all_rows(files, name, plan.lists[name])) if name in plan.lists else ()
        yield ArchivedFile(f"{name}.jsonl", map(_line, rows))
    yield from kept_file("results.json", kept_place(job, content.run).document)
    yield ArchivedFile("results.jsonl", jsonl_pieces(found))
    if found.layout is not None:
        yield ArchivedFile("results.csv", csv_pieces(found))
        yield from kept_file("results.parquet", found.place.file)
    yield ArchivedFile("prompts.jsonl", _prompts(rows_of(job, content.run)))
    lines = file_lines(_entries(content.account_id, rows_of(job, content.run)), NEWEST)
    yield ArchivedFile("cache.jsonl", (line.encode() for line in lines))
    for file_id in sorted(deps().content_index.files(content.content_id)):
        yield from kept_file(f"files/{file_id}", uploaded_key(content.account_id, file_id))


def _readme(found: ReadableTable) -> str:
    run = deps().runs.get(found.job.job_id, found.content.run)
    return README.format(
        job_id=found.job.job_id,
        content_id=found.content.content_id,
        release=found.job.release,
        edsl=version(ENGINE),
        interviews=run.standing.recorded if run else 0,
        made=iso(found.content.created_at),
    )


def _versions(found: ReadableTable) -> Json:
    run = deps().runs.get(found.job.job_id, found.content.run)
    return {
        "job": found.job.job_id,
        "results": found.content.content_id,
        "run": found.content.run,
        "client": f"{ENGINE} {found.job.release}",
        "engine": f"{ENGINE} {version(ENGINE)}",
        "python": platform.python_version(),
        "price_revision": run.price_revision if run else None,
        "started_at": iso(run.started_at) if run else None,
        "ended_at": iso(run.end.at) if run and run.end else None,
        "models": sorted({(usage.service, usage.model) for usage in run.usages}) if run else [],
    }


def _costs(found: ReadableTable) -> Iterator[Json]:
    """Yield what each run used and was charged, up to the one whose results these are."""
    for number in range(1, found.content.run + 1):
        run = deps().runs.get(found.job.job_id, number)
        if run is not None:
            yield {
                "run": number,
                "credits": run.cost / UNITS_PER_CREDIT,
                "usages": [asdict(usage) | {"usd": str(usage.usd)} for usage in run.usages],
                "paid_by": paid_by(run),
                "answers_from_cache": asdict(run.cache),
            }


def _prompts(rows: Iterable[InterviewRow]) -> Iterator[bytes]:
    for row in rows:
        prompts, said = object_in(row.row, "prompt"), object_in(row.row, "generated_tokens")
        for name in object_in(row.row, "answer"):
            yield _line(
                {
                    "interview": row.index,
                    "question": name,
                    "system_prompt": _prompt(prompts.get(f"{name}_system_prompt")),
                    "user_prompt": _prompt(prompts.get(f"{name}_user_prompt")),
                    "generated": said.get(f"{name}_generated_tokens"),
                    "cache_key": object_in(row.row, "cache_keys").get(name),
                }
            )


def _entries(account_id: str, rows: Iterable[InterviewRow]) -> Iterator[tuple[str, CacheEntry]]:
    """Yield the entries that interviews were answered with, or made; some twice, so that few are held."""
    held: dict[str, None] = {}
    for row in rows:
        keys = object_in(row.row, "cache_keys").values()
        held |= dict.fromkeys(key for key in keys if isinstance(key, str) and key)
        while len(held) >= READ_BATCH:
            yield from _found(account_id, [held.popitem()[0] for _ in range(READ_BATCH)])
    if held:
        yield from _found(account_id, list(held))


def _found(account_id: str, keys: list[str]) -> Iterator[tuple[str, CacheEntry]]:
    found = deps().cache.find(account_id, keys, now=deps().clock())
    return ((key, found[key].entry) for key in keys if key in found)


def _prompt(kept: Json) -> Json:
    return kept.get("text") if isinstance(kept, dict) else None


def _text(name: str, text: str) -> ArchivedFile:
    return ArchivedFile(name, [text.encode(errors="replace")])


def _document(name: str, document: Json) -> ArchivedFile:
    return _text(name, json.dumps(document, indent=2) + "\n")


def _line(document: Json) -> bytes:
    return json.dumps(document).encode() + b"\n"
