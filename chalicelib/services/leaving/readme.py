"""What the archive of an account says about itself."""

README = """\
Everything that the account {email} had on this Perch at {now}.

Times are milliseconds since 1970 (UTC), amounts are hundredths of a credit (100 credits are US$1).

account.json       the account: address, username, role, what is switched on, balance
keys.json          its API keys: names and times. The keys themselves are kept nowhere
provider-keys.json its keys for providers: services and labels, and with whom they are shared
limits.json        what it may spend: its own limits, the operator's, and those of its keys
ledger.jsonl       its ledger, a line an entry, the oldest first
jobs/ID/           a folder a job
  job.json         what its client said of it, and how it stands
  history.json     what happened to it
  runs.json        its runs: counts, tokens, costs
  original.json    the job as its client sent it
  results.json     its results, as its client's release of edsl loads them (Results.from_dict);
                   results-of-run-N.json: those of earlier runs, where it was run again
objects/ID/        a folder an object: what was pushed, and what is said of a job's results
  object.json      its type, alias, description, visibility; whose results it is; whom it is shared with
  value.json       what it is, as its client sent it (from_dict of its class)
shared-with-me.json  ids of the objects that others have shared with it
cache.jsonl        its cache, as edsl's Cache.from_jsonl loads it
cache-log.jsonl    what happened to its cache
client-errors.jsonl, local-runs.jsonl  what clients told of its owner's own machine, as long as that is kept
uploads/           files that were uploaded apart from jobs, by the ids that jobs have of them

Not here: what is written down while a job runs and makes up its results (rows, answers, plans), sessions of
browsers, and the secret that webhooks are signed with.
"""
