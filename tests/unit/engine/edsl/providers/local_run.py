"""A program: runs a job on this machine with edsl alone, as a researcher would who has the keys.

Arguments: the job, as JSON. Addresses are the providers' own; keys come from the environment.
"""

import json
import sys

from edsl.jobs import Jobs

job = Jobs.from_dict(json.loads(sys.argv[1]))
results = job.run(
    disable_remote_inference=True,
    disable_remote_cache=True,
    cache=False,
    progress_bar=False,
    print_exceptions=False,
)
print(json.dumps(results.select("answer.*").to_list()))
