"""The account's cache, as clients and people read it."""

import json
from collections.abc import Iterable

from chalicelib.domain.credits.money import UNITS_PER_CREDIT
from chalicelib.domain.json_types import Document
from chalicelib.domain.times import iso
from chalicelib.releases.cache_entries import NEWEST, entry_document
from chalicelib.services.cache.browse import CacheStatistics, EntryPage, job_of
from chalicelib.storage.cache.entries import KeptEntry, Measured, Written
from chalicelib.storage.cache.log import LogItem

SHOWN_CHARACTERS = 500
TEXTS = ("system_prompt", "user_prompt", "output")


def written(found: Written) -> Document:
    """Return what those who put entries there are answered (client contract, section 3.4)."""
    return {
        "status": "success",
        "created_entry_count": found.created,
        "updated_entry_count": found.updated,
    }


def invalid_key() -> Document:
    """Return what ``GET remote-cache/get-by-key`` answers for what is no key: nothing is an error there."""
    return {"status": "invalid", "detail": "A cache key has 32 hexadecimal digits, 0 to 9 and a to f."}


def found_by_key(kept: KeptEntry | None) -> Document:
    """Return what ``GET remote-cache/get-by-key`` answers (client contract, section 3.4)."""
    if kept is None:
        return {"status": "not_found"}
    return {"status": "found", "data": {"json_string": json.dumps(entry_document(kept.entry, NEWEST))}}


def listed(found: EntryPage) -> Document:
    """Return what ``GET remote-cache/list`` answers; ``next`` is null where there are no more."""
    return {"entries": [_shown(kept) for kept in found.entries], "next": found.next}


def whole(kept: KeptEntry) -> Document:
    """Return one entry with all that is known of it."""
    return {**kept.entry.document(), **_about(kept)}


def statistics(measured: Measured, made_of_it: CacheStatistics) -> Document:
    """Return how large a cache is and what runs made of it."""
    return {"entries": measured.entries, "bytes": measured.bytes, **_summed(made_of_it)}


def statistics_of_job(job_id: str, made_of_it: CacheStatistics) -> Document:
    """Return what a job's runs made of the cache."""
    return {"job_uuid": job_id, **_summed(made_of_it)}


def log(items: Iterable[LogItem]) -> list[Document]:
    """Return items of the log, newest first."""
    return [
        {
            "uuid": item.log_id,
            "description": item.description,
            "cache_entry_count": item.entries,
            "created_at": iso(item.at),
            "job_uuid": item.job_id or None,
        }
        for item in items
    ]


def _summed(made_of_it: CacheStatistics) -> Document:
    total = made_of_it.total
    return {
        "runs": made_of_it.runs,
        "prompts": total.prompts,
        "cached": total.cached,
        "retrieved": total.retrieved,
        "added": total.added,
        "hit_rate": total.retrieved / total.prompts if total.prompts else None,
        "saved_credits": made_of_it.saved_units / UNITS_PER_CREDIT,
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
