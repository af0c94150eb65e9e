"""Every call that 0.1.33 and 0.1.38 know of the remote cache, as their docstrings show them; JSON."""

import json

from edsl import CacheEntry, Coop

coop = Coop()
STRANGE = "0" * 32


def entry(number):
    return CacheEntry(
        model="gpt-4o",
        parameters={"temperature": 0.5, "top_p": 1},
        system_prompt="You are Zoë.",
        user_prompt=f'What is "{number}"?\n☃',
        output=json.dumps({"said": f"Číslo {number}"}),
        iteration=number % 2,
        timestamp=1_700_000_000 + number,
    )


def numbers(found):
    """Return which entries these are; one that is not as it was sent has no number here."""
    sent = {entry(number).key: number for number in range(20)}
    return sorted(
        sent[each.key] if each.to_dict() == entry(sent[each.key]).to_dict() else -1 for each in found
    )


def main():
    ten = [entry(number) for number in range(10)]
    told = {
        "log cleared": coop.remote_cache_clear_log()["status"],
        "empty": numbers(coop.remote_cache_get()),
        "one": coop.remote_cache_create(ten[0]),
        "the same one": coop.remote_cache_create(ten[0], visibility="public", description="Again"),
        "ten": coop.remote_cache_create_many(ten),
        "twice in one call": coop.remote_cache_create_many([entry(10), entry(10)], description="Twice")[
            "created_entry_count"
        ],
        "all": numbers(coop.remote_cache_get()),
        "all but none": numbers(coop.remote_cache_get(exclude_keys=[])),
        "all but a strange key": numbers(coop.remote_cache_get(exclude_keys=["a"])),
        "all but two": numbers(coop.remote_cache_get(exclude_keys=[ten[3].key, ten[4].key])),
    }
    difference = coop.remote_cache_get_diff([each.key for each in ten[2:]] + [STRANGE])
    told["client lacks"] = numbers(difference["client_missing_cacheentries"])
    told["server lacks"] = difference["server_missing_cacheentry_keys"]
    told["cleared"] = coop.remote_cache_clear()
    told["cleared again"] = coop.remote_cache_clear()
    told["left"] = numbers(coop.remote_cache_get())
    return told


print(json.dumps(main()))
