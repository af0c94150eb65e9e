"""What clients do with their account's cache: put entries there, fetch what they lack, clear it."""

import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib.domain import strict_json
from chalicelib.domain.accounts import Caller
from chalicelib.domain.cache.entry import CacheEntry, is_key, read_entry
from chalicelib.domain.errors import InvalidRequestError, TooLargeError
from chalicelib.domain.object_keys import passing_key
from chalicelib.domain.results.rows import read_rows
from chalicelib.releases.cache_entries import NEWEST, named_entry, sent_entry
from chalicelib.releases.release import Release, release_of
from chalicelib.services.access import owned_job
from chalicelib.services.cache import continued
from chalicelib.services.cache.continued import SteppedAnswer
from chalicelib.services.cache.read import entries_by_key
from chalicelib.services.deps import deps, entries_expire_at
from chalicelib.services.job_files.finished_rows import FinishedRows, finished_rows
from chalicelib.services.offload import ObjectAnswer, in_time, inline_or_passing
from chalicelib.storage.cache.entries import KeptEntry, Written

TOO_MANY = (
    "These are more cache entries than one answer can bring in time. Fetch them as a file instead: "
    "GET /api/v0/remote-cache/export."
)


@dataclass(frozen=True)
class Upload:
    """An entry as a client sends it: JSON, and the key that it has there, if it says that."""

    json_string: str
    key: str | None = None


def put_entries(account: Caller, uploads: Sequence[Upload]) -> Written:
    """Put entries into an account's cache, each over the one that has its key; all are checked first.

    Of several with the same key the last counts. Raises InvalidRequestError, TooLargeError: the sentence
    names the entry by its place, counted from 1.
    """
    entries: dict[str, CacheEntry] = {}
    for place, upload in enumerate(uploads, 1):
        try:
            key, entry = _checked(upload)
        except (InvalidRequestError, TooLargeError) as error:
            raise type(error)(f"Entry {place} of {len(uploads):,}: {error.detail}") from error
        entries[key] = entry
    return deps().cache.write(
        account.account_id, list(entries.values()), at=deps().clock(), expires_at=entries_expire_at()
    )


def entries_except(account: Caller, keys: Iterable[str], only: Collection[str] = ()) -> SteppedAnswer:
    """Return an account's entries, as old clients load them, but those of some keys; or of these ``only``."""
    now = deps().clock()
    there = deps().cache.keys(account.account_id, now=now)
    wanted = sorted((there.intersection(only) if only else there).difference(keys))
    return continued.listed(account, "[", wanted, "]", since=now)


def difference(account: Caller, keys: Iterable[str]) -> SteppedAnswer:
    """Return the entries that a client lacks and the keys of those that the account's cache lacks."""
    now = deps().clock()
    there, with_client = deps().cache.keys(account.account_id, now=now), dict.fromkeys(keys)
    missing_here = json.dumps([key for key in with_client if key not in there])
    head = f'{{"server_missing_cacheentry_keys": {missing_here}, "client_missing_cacheentries": ['
    return continued.listed(account, head, sorted(there.difference(with_client)), "]}", since=now)


def entries_of_job(account: Caller, job_id: str) -> ObjectAnswer:
    """Return the entries that the finished interviews of a job were answered from or left behind.

    Raises NotFoundError.
    """
    keys = _keys(finished_rows(owned_job(account, job_id)))
    return _listed(account, entries_by_key(account, keys))


def entries_of_keys(account: Caller, keys: Iterable[str]) -> ObjectAnswer:
    """Return those entries of some keys that there are."""
    return _listed(account, entries_by_key(account, dict.fromkeys(keys)))


def entry_of_key(account: Caller, key: str) -> KeptEntry | None:
    """Return the entry of a key, if there is one."""
    return next(iter(entries_by_key(account, [key])), None)


def _checked(upload: Upload) -> tuple[str, CacheEntry]:
    """Return an entry and the key that its fields make."""
    try:
        sent_key, data = named_entry(strict_json.loads(upload.json_string))
        entry = read_entry(data)
        key, size = entry.key, len(json.dumps(entry.document()))
    except ValueError as error:
        raise InvalidRequestError("Its json_string is not JSON.") from error
    except RecursionError as error:
        raise InvalidRequestError("Its json_string is nested too deeply.") from error
    for given in (upload.key, sent_key):
        if given is not None and given != key:
            raise InvalidRequestError(
                f"It was sent under the key '{given[:64]}', but its model, parameters, prompts and iteration "
                f"make '{key}'. Send it as it was made, or without a key."
            )
    most = deps().settings.maximum_entry_bytes
    if size > most:
        raise TooLargeError(
            f"It has {size:,} bytes as JSON; {most:,} is the most that an entry may have on this Perch. "
            "Send the others without it."
        )
    return key, entry


def _keys(rows: FinishedRows) -> Iterator[str]:
    """Yield the keys of all answers in some rows, each once; a row has one or several a question, or none."""
    seen: set[bytes] = set()
    for row in read_rows(rows.lines(0, rows.count)):
        for named in (row.row.get("cache_keys") or {}).values():
            for key in named if isinstance(named, list) else [named]:
                if is_key(key) and (digest := bytes.fromhex(key)) not in seen:
                    seen.add(digest)
                    yield key


def _listed(account: Caller, entries: Iterator[KeptEntry]) -> ObjectAnswer:
    name = passing_key(account.account_id, f"cache/{uuid.uuid4().hex}.json")
    # Who asks has sent jobs, and so the key knows its release.
    release = release_of(account.release) if account.release else NEWEST
    return inline_or_passing(in_time(_list(entries, release), TOO_MANY), name)


def _list(entries: Iterator[KeptEntry], release: Release) -> Iterator[str]:
    """Yield a JSON list piece by piece."""
    separator = "["
    for kept in entries:
        yield separator + sent_entry(kept.entry, release)
        separator = ", "
    yield "[]" if separator == "[" else "]"
