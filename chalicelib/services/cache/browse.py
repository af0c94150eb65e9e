"""An account's cache for people: its entries, what they saved, and deleting them."""

import json
from collections.abc import Iterable

from chalicelib.domain.accounts import Account
from chalicelib.domain.cache.entry import CacheEntry
from chalicelib.domain.cache.usage import CacheUse, merge_uses
from chalicelib.domain.credits.money import UNITS_PER_CREDIT
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.json_types import Document
from chalicelib.domain.object_keys import HOUSE
from chalicelib.domain.times import iso
from chalicelib.services.access import owned_job
from chalicelib.services.deps import parts
from chalicelib.storage.cache.entries import KeptEntry

SEARCH_MILLISECONDS = 3_000
"""A search looks through so much of the cache, then says where to go on."""
SHOWN_CHARACTERS = 500
TEXTS = ("system_prompt", "user_prompt", "output")


def list_entries(account: Account, *, page_size: int, after: str, words: str) -> Document:
    """Return entries in the order of their keys, behind a key, and the key to go on from (null: no more).

    ``words`` are looked for, in capitals or not, in models, services, prompts and outputs.
    """
    now = parts().clock()
    found: list[Document] = []
    for kept in parts().cache.entries(account.account_id, now=now, after=after):
        if len(found) == page_size or parts().clock() > now + SEARCH_MILLISECONDS:
            return {"entries": found, "next": after or None}
        after = kept.key
        if not words or _has(kept.entry, words.casefold()):
            found.append(_shown(kept))
    return {"entries": found, "next": None}


def entry(account: Account, key: str) -> Document:
    """Return one entry whole.

    Raises NotFoundError.
    """
    kept = parts().cache.find(account.account_id, [key], now=parts().clock()).get(key)
    if kept is None:
        raise _none(key)
    return {**kept.entry.document(), **_about(kept)}


def delete_entry(account: Account, key: str) -> Document:
    """Delete one entry, and the house's copy of it if a job of the account's left it there.

    Raises NotFoundError.
    """
    deleted = parts().cache.delete(account.account_id, key)
    if parts().settings.cache_scope == HOUSE:
        shared = parts().cache.delete(HOUSE, key, owner=account.account_id)
        deleted = deleted or shared
    if not deleted:
        raise _none(key)
    return {"status": "success", "key": key}


def delete_entries(account: Account) -> Document:
    """Delete all entries of an account's, and those of the house's copies that its jobs left there."""
    keys = parts().cache.clear(account.account_id)
    if parts().settings.cache_scope == HOUSE:
        parts().cache.delete_owned(HOUSE, keys, owner=account.account_id)
    return {"status": "success", "deleted_entry_count": len(keys)}


def statistics(account: Account) -> Document:
    """Return how large an account's cache is, and what the runs that have ended made of it."""
    measured = parts().cache.measure(account.account_id, now=parts().clock())
    uses = [use for _job, _run, _at, use in parts().cache_log.uses(account.account_id)]
    return {"entries": measured.entries, "bytes": measured.bytes, **_summed(uses)}


def statistics_of_job(account: Account, job_id: str) -> Document:
    """Return what a job's runs made of the cache so far.

    Raises NotFoundError.
    """
    job = owned_job(account, job_id)
    runs = parts().runs.several(job.job_id, job.run) if job.run else []
    return {"job_uuid": job.job_id, **_summed([run.cache for run in runs])}


def job_of(kept: KeptEntry) -> str | None:
    """Return the job that left an entry there; None: a client did."""
    return kept.maker.partition("/")[0] or None


def _summed(uses: Iterable[CacheUse]) -> Document:
    given = list(uses)
    total = merge_uses(given)
    return {
        "runs": len(given),
        "prompts": total.prompts,
        "cached": total.cached,
        "retrieved": total.retrieved,
        "added": total.added,
        "hit_rate": total.retrieved / total.prompts if total.prompts else None,
        # Rounded a run, as charges are: so what a run saved is what it would have cost.
        "saved_credits": sum(use.saved_units for use in given) / UNITS_PER_CREDIT,
    }


def _about(kept: KeptEntry) -> Document:
    return {"key": kept.key, "size": kept.size, "written_at": iso(kept.written_at), "job_uuid": job_of(kept)}


def _shown(kept: KeptEntry) -> Document:
    """Return what a list says of an entry: the beginnings of its texts, and which of them go on."""
    texts = {name: str(getattr(kept.entry, name)) for name in TEXTS}
    return {
        **_about(kept),
        "model": kept.entry.model,
        "service": kept.entry.service,
        "iteration": kept.entry.iteration,
        **{name: text[:SHOWN_CHARACTERS] for name, text in texts.items()},
        "shortened": [name for name, text in texts.items() if len(text) > SHOWN_CHARACTERS],
    }


def _has(sought: CacheEntry, words: str) -> bool:
    texts = (
        sought.model,
        sought.service or "",
        sought.system_prompt,
        sought.user_prompt,
        _readable(sought.output),
    )
    return any(words in text.casefold() for text in texts)


def _readable(output: str) -> str:
    """Return an output with its letters as people write them: as JSON it may have them escaped."""
    if "\\u" not in output:
        return output
    try:
        return json.dumps(json.loads(output), ensure_ascii=False)
    except (ValueError, RecursionError):
        return output  # a client's; nothing says that it is JSON


def _none(key: str) -> NotFoundError:
    return NotFoundError(
        f"Your cache has no entry '{key[:64]}'. GET /api/v0/remote-cache/list names the keys that it has."
    )
