"""Fetch the cache entries of jobs with 0.1.62 or 1.0.9; the arguments are their ids. Prints JSON."""

import json
import sys

import edsl
from edsl import Cache, Coop

coop = Coop()
jobs = [coop.remote_cache_get(job_uuid=job) for job in sys.argv[1:]]
first = jobs[0]
keys = [entry.key for entry in first]
told = {
    "jobs": [[entry.to_dict() for entry in entries] for entries in jobs],
    "keys": keys,
    "of two keys": [entry.key for entry in coop.remote_cache_get_by_key(select_keys=[*keys[:2], "0" * 32])],
}
if edsl.__version__ == "1.0.9":
    # Its own cache can ask for single entries; nothing in edsl gives it whom to ask.
    cache = Cache()
    cache.coop = coop
    asked = {name: getattr(first[0], name) for name in first[0].key_fields}
    told["fetched"] = cache.fetch(**asked, remote_fetch=True)
    told["not there"] = cache.fetch(**{**asked, "iteration": 99}, remote_fetch=True)[0]
    told["kept"] = list(cache.data)
print(json.dumps(told))
