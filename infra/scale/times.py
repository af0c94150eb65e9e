"""How long what is no waiting for a model takes, in seconds.

As measured (docs/performance.md), at Lambda's share of a core.
"""

from infra.bench.meters.throttle import share_of

WORKER_MEGABYTES, FINALIZER_MEGABYTES = 1024, 1769
COLD = 1.72 / share_of(WORKER_MEGABYTES)
"""A new environment, edsl's import included."""
SLICE = 0.2 / share_of(WORKER_MEGABYTES)
"""To start one: two forks, loading."""
CALL = 0.0025 / share_of(WORKER_MEGABYTES)
"""Of the engine and the worker, for each answer that comes over HTTP."""
PLANNING = 0.5
PLANNING_AN_INTERVIEW = 15e-6
JOINING = 0.5
JOINING_AN_INTERVIEW = 0.00012 / share_of(FINALIZER_MEGABYTES)
LEASE_RENEWAL = 10.0
"""Each is a write of the slice and one of its mark."""
LOOK = 0.5
RECORD_UNITS = 20
"""Write units in the job's partition for claiming and recording a slice and opening the next (counted)."""
