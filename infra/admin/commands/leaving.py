"""Export what an account has, delete one of its jobs, or all of it and the account."""

import os
import zipfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path

from chalicelib.domain.accounts import Account
from chalicelib.domain.credits.money import credits_number
from chalicelib.services.accounts import administration
from chalicelib.services.leaving.accounts import belongings, delete_account
from chalicelib.services.leaving.export import export
from chalicelib.services.leaving.jobs import delete_job
from chalicelib.services.tables.archive import ArchivedFile
from infra.admin.command import Command, note
from infra.admin.errors import AdminError

UNFINISHED = ".part"


def _export_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL")
    parser.add_argument("file", metavar="FILE.zip", type=Path, help="to be written; must not be there yet")


def _export(given: Namespace) -> None:
    account = administration.find(given.email)
    if given.file.exists():
        raise AdminError(f"{given.file} is there already. Name another file, or remove this one.")
    unfinished = given.file.with_name(given.file.name + UNFINISHED)
    try:
        count = _write(unfinished, export(account))
        unfinished.rename(given.file)
    except OSError as problem:
        raise AdminError(f"{given.file} cannot be written: {problem.strerror or problem}.") from problem
    note(f"All that {account.email} has is in {given.file}, {count} files. Only you may read it.")


def _write(path: Path, files: Iterable[ArchivedFile]) -> int:
    """Write an archive piece by piece, over what an earlier try has left; return how many files it has."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    count = 0
    with os.fdopen(descriptor, "wb") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            with archive.open(file.name, "w", force_zip64=True) as entry:
                for piece in file.pieces:
                    entry.write(piece)
            count += 1
    return count


def _delete_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL")
    parser.add_argument("--yes", action="store_true", help="do it; without, say what would go")


def _delete(given: Namespace) -> None:
    account = administration.find(given.email)
    note(f"The account {account.email} has {_told(account)}.")
    if not given.yes:
        note("Nothing has been deleted. With --yes all of it goes, for good. Export it before, if need be.")
        return
    jobs = _count(delete_account(account), "job")
    note(f"The account {account.email} has gone, and {jobs} with it. Amounts and times of its ledger stay.")


def _told(account: Account) -> str:
    has = belongings(account)
    return (
        f"{_count(has.jobs, 'job')}, {_count(has.objects, 'object')}, "
        f"{_count(has.entries, 'cache entry', 'cache entries')}, "
        f"{_count(has.keys, 'key')}, and {credits_number(has.balance)} credits"
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _delete_job_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL")
    parser.add_argument("job", metavar="JOB", help="the job's id")


def _delete_job(given: Namespace) -> None:
    account = administration.find(given.email)
    delete_job(account, given.job)
    note(
        f"The job {given.job} has gone, with all that came of it but entries in the cache of {account.email}."
    )


COMMANDS = (
    Command("export", "write all that an account has into one file", _export_arguments, _export),
    Command("delete-job", "delete a job that has ended, for good", _delete_job_arguments, _delete_job),
    Command("delete", "delete an account and all that it has, for good", _delete_arguments, _delete),
)
