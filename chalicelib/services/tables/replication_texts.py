"""What a replication package says about itself, and the program that runs its job again."""

README = """\
# Replication package

Everything that was asked, of whom, in which words, what came back, and what it takes to run it again.

Job {job_id}, sent with edsl {release}, run with edsl {edsl} on Perch (an open server for EDSL).
{interviews:,} interviews. Results {content_id}. Made {made}.

## What is here

- `job.json`: the whole job as it was sent (`Jobs.from_dict`)
- `survey.json`: its questions, rules, memory and groups
- `agents.jsonl`, `scenarios.jsonl`, `models.jsonl`: its agents, scenarios, and models with their
  parameters, a line each
- `results.json`: the results (`Results.from_dict`)
- `results.jsonl`: the same as a flat table, a line an interview, texts as they are
- `results.csv`, `results.parquet`: the same for spreadsheets, R and pandas; in the CSV an apostrophe stands
  before what a spreadsheet would run
- `prompts.jsonl`: each prompt that was sent, and each answer before anything was read out of it
- `cache.jsonl`: the answers by prompt, as far as they are still in the cache (`Cache.from_jsonl`)
- `costs.json`: tokens, prices and credits of each run
- `versions.json`: versions, models and times
- `files/`: files that questions were asked about, by the ids that the job has of them
- `run.py`, `requirements.txt`: run it again
- `SHA256SUMS`: check with `sha256sum -c SHA256SUMS`

What there is nothing of is not here: answers that were not kept have no line in `cache.jsonl`, and results
that are too large for a table are in `results.jsonl` only.

## Run it again

    python -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/python run.py

It needs Python 3.11. Prompts that are in `cache.jsonl` are answered from it, word for word. All others are
asked anew, with your own keys for the models' providers in the environment (`OPENAI_API_KEY`, say), and
models do not answer the same twice. `python run.py --fresh` asks everything anew. What is drawn at random,
such as the order of options, is drawn anew.
"""

RUN = '''\
"""Run the job again: from the answers that are kept, or with --fresh by asking the models anew."""

import json
import sys
from pathlib import Path

from edsl import Cache, Jobs

HERE = Path(__file__).parent
job = Jobs.from_dict(json.loads((HERE / "job.json").read_text()))
fresh = "--fresh" in sys.argv
cache = Cache() if fresh else Cache.from_jsonl(str(HERE / "cache.jsonl"))
results = job.run(
    n={iterations}, cache=cache, fresh=fresh, disable_remote_inference=True, disable_remote_cache=True
)
(HERE / "results-again.json").write_text(json.dumps(results.to_dict()))
print(len(results), "interviews are in results-again.json.")
'''
