"""Everything that an account has, as files of one archive: read piece by piece, whatever its size."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from chalicelib.domain.accounts import Account
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.object_keys import ContentKeys, uploads_folder
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.run import Run
from chalicelib.domain.times import iso
from chalicelib.releases.cache_entries import NEWEST, file_lines
from chalicelib.services.accounts.keys import keys_of
from chalicelib.services.credits.ledger import balance_of
from chalicelib.services.deps import deps
from chalicelib.services.leaving.jobs import jobs_of
from chalicelib.services.leaving.readme import README
from chalicelib.services.results.results import kept_place
from chalicelib.services.tables.archive import ArchivedFile, kept_file

KEY_FIELDS = ("key_id", "name", "made_at", "used_at", "release")


def export(account: Account) -> Iterator[ArchivedFile]:
    """Yield all files of an account's archive, one after the other.

    A job that is deleted meanwhile is left out; one that runs is told as it is when its turn comes.
    """
    yield _text("README.txt", README.format(email=account.email, now=iso(deps().clock())))
    yield _document("account.json", _account(account))
    yield _document("keys.json", [_key(asdict(key)) for key in keys_of(account)])
    yield _document("provider-keys.json", list(_provider_keys(account)))
    limits = deps().credits.book(account.account_id).limits
    yield _document("limits.json", asdict(limits))
    entries = deps().credits.all_entries(account.account_id)
    yield ArchivedFile("ledger.jsonl", (_line(asdict(entry)) for entry in entries))
    for listed in jobs_of(account.account_id):
        yield from _job(listed.job_id)
    for content_id in deps().content_index.of_account(account.account_id):
        yield from _object(content_id)
    yield _document("shared-with-me.json", list(deps().readers.given_to(account.email)))
    now = deps().clock()
    kept = deps().cache.entries(account.account_id, now=now)
    lines = file_lines(((item.key, item.entry) for item in kept), NEWEST)
    yield ArchivedFile("cache.jsonl", (line.encode() for line in lines))
    log = deps().cache_log.all(account.account_id)
    yield ArchivedFile("cache-log.jsonl", (_line(asdict(item)) for item in log))
    errors = deps().client_reports.all_errors(account.account_id)
    yield ArchivedFile("client-errors.jsonl", (_line(asdict(error)) for error in errors))
    runs = deps().client_reports.all_runs(account.account_id)
    yield ArchivedFile("local-runs.jsonl", (_line(asdict(run)) for run in runs))
    folder = uploads_folder(account.account_id)
    for name in deps().files.under(folder):
        yield from kept_file(f"uploads/{name.removeprefix(folder)}", name)


def _account(account: Account) -> Document:
    return {
        "email": account.email,
        "username": account.username,
        "role": account.role,
        "disabled": account.disabled,
        "created_at": account.created_at,
        "balance": balance_of(account).total,
        "settings": {
            "remote_inference": account.remote_inference,
            "remote_caching": account.remote_caching,
            "remote_logging": account.remote_logging,
        },
    }


def _provider_keys(account: Account) -> Iterator[Document]:
    """Name the keys that an account has given for providers, and never what they are."""
    for key in deps().vault.contents(account.account_id).keys:
        named = {"key_id": key.key_id, "service": key.service, "label": key.label, "on": key.on}
        yield {**named, "shared_with": [borrower.email for borrower in key.shared_with]}


def _key(key: Document) -> Document:
    """Return what may be known of a key: nothing that opens anything, or by which one could be tried."""
    return {name: key[name] for name in KEY_FIELDS}


def _job(job_id: str) -> Iterator[ArchivedFile]:
    found = deps().jobs.several([job_id])
    if job_id not in found:
        return
    job, runs = found[job_id]
    folder, keys = f"jobs/{job_id}", JobKeys.of(job)
    yield _document(f"{folder}/job.json", asdict(job))
    yield _document(f"{folder}/history.json", [asdict(item) for item in deps().jobs.history(job_id)])
    yield _document(f"{folder}/runs.json", [asdict(run) for run in runs])
    # Once the job was started, what was started counts, whatever its client has put there since.
    yield from kept_file(f"{folder}/original.json", keys.original if job.plan else keys.upload)
    yield from _results(folder, job, runs)


def _results(folder: str, job: Job, runs: Iterable[Run]) -> Iterator[ArchivedFile]:
    """Yield the results of each run that has some: the newest as the job's, those before by their numbers."""
    for run in runs:
        if run.end and run.end.results_id:
            newest = run.end.results_id == job.results_id
            name = "results.json" if newest else f"results-of-run-{run.number}.json"
            yield from kept_file(f"{folder}/{name}", kept_place(job, run.number).document)


def _object(content_id: str) -> Iterator[ArchivedFile]:
    """Yield what is known of an object, and its value if that is not among its job's."""
    content = deps().contents.get(content_id)
    if content is None:
        return
    folder, keys = f"objects/{content_id}", ContentKeys.of(content)
    shared_with = [reader.email for reader in deps().readers.of(content_id) if not reader.by_username]
    yield _document(f"{folder}/object.json", {**asdict(content), "shared_with": shared_with})
    if content.document is not None:
        yield from kept_file(f"{folder}/value.json", keys.version(content.document))


def _text(name: str, text: str) -> ArchivedFile:
    return ArchivedFile(name, [text.encode()])


def _document(name: str, document: object) -> ArchivedFile:
    return _text(name, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _line(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False) + "\n").encode()
