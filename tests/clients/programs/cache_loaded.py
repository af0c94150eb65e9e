"""Load an exported cache; the argument is its file. Prints its entries by key, as JSON."""

import json
import sys

from edsl import Cache

cache = Cache.from_jsonl(sys.argv[1])
print(json.dumps({key: {**entry.to_dict(), "key": entry.key} for key, entry in cache.data.items()}))
