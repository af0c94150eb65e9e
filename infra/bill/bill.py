"""The bill of one job, part by part, from how counts grow (``fit.py``) and AWS's prices."""

import math
from collections import defaultdict
from dataclasses import dataclass

from infra.bench.holding import ANSWERING_SECONDS
from infra.bench.meters import prices
from infra.bench.meters.costs import EVENT_SOURCE, is_request
from infra.bench.meters.counting import READ, WRITTEN
from infra.bench.meters.throttle import share_of
from infra.bench.runs.waiting_client import LOOK_SECONDS, STARTING_SECONDS, Waited, Work, wait
from infra.bill.counted import CPU
from infra.bill.entry import entry_units
from infra.bill.fit import Coefficients, Size
from infra.bill.planned import Asked, slices_of, waiting_seconds, window
from infra.local.stage import API_FUNCTION, Stage

RELEASE = "1.0.9"
"""Whose client waits for the job."""
OTHER_REQUESTS = 3
"""Of a client, beside those that ask how its job stands: it announces, has uploaded, and pulls."""
AWS_SECONDS = 0.01
"""That a function without models to wait for waits for one request of AWS."""
WORKER, STACK = "worker", "perch-local-"
KEPT_IN = {True: "cache", False: "answers"}
"""The table of the answers that were paid for, with the cache and without."""
HELD = "Lambda: status requests that wait"
WAITING_A_SECOND = 250
"""Seconds of waiting that a worker has in one of its own, at the best."""
SERVICES = {
    "secrets-manager": ("Secrets Manager", prices.SECRET_REQUESTS),
    "kms": ("KMS", prices.KEY_REQUESTS),
    "sqs": ("SQS", prices.SQS_FAIR_REQUESTS),
}


@dataclass(frozen=True)
class Bill:
    """What a job takes, in dollars by part, and what that comes from."""

    asked: Asked
    size: Size
    seconds: float
    """From when it was queued to its end."""
    waited: Waited
    units_an_entry: int
    dollars: dict[str, float]

    @property
    def total(self) -> float:
        """Return all of it."""
        return sum(self.dollars.values())

    @property
    def floor(self) -> dict[str, float]:
        """Return what no way of doing it could save: one write an answer, and the waiting."""
        seconds = self.asked.calls * self.asked.seconds_per_call / WAITING_A_SECOND
        return {
            "one write unit an answer": self.asked.calls * prices.WRITE_UNITS,
            f"one worker's second for {WAITING_A_SECOND} of waiting": seconds * prices.GIGABYTE_SECOND,
        }


def bill_of(asked: Asked, grows: Coefficients, stage: Stage) -> Bill:
    """Return the bill of a job: on warm functions, each with the part of a core that its memory gives it.

    ``grows`` are of jobs with the cache if it is one with the cache, else of those without.
    """
    size, seconds, waited = _size(asked, grows, stage)
    units = entry_units(asked.entry_bytes)
    dollars: defaultdict[str, float] = defaultdict(float)
    for function, counts in grows.items():
        found = {name: _amount(by, size) for name, by in counts.items()}
        if function == WORKER:
            _keep_once(found, asked, units)
        if function == API_FUNCTION:
            found["invocations"] = OTHER_REQUESTS + waited.requests
        for part, amount in _requests(function, found).items():
            dollars[part] += amount
        billed = _billed_seconds(function, found, size, stage)
        dollars[f"Lambda: {function}"] += _lambda(function, billed, stage)
    # So often all requests that are held look at their jobs; a busy machine looks less often.
    dollars["DynamoDB: reads, jobs"] += waited.held_seconds / LOOK_SECONDS * prices.READ_UNITS
    dollars[HELD] = _lambda(API_FUNCTION, waited.held_seconds, stage)
    dollars["S3"] += prices.S3_WRITES + prices.S3_READS  # the client's own, by signed addresses
    return Bill(asked, size, seconds, waited, units, dict(dollars))


def _keep_once(found: dict[str, float], asked: Asked, units: int) -> None:
    """Have each answer written once, where it belongs; those counted took one unit each.

    A machine that is too busy to say within two seconds whether an answer is valid has it written twice.
    """
    if asked.cached:
        found.pop(f"{WRITTEN}{STACK}{KEPT_IN[False]}", None)
    kept = f"{WRITTEN}{STACK}{KEPT_IN[asked.cached]}"
    found[kept] = max(found.get(kept, 0.0), asked.calls) * units


def _amount(by: dict[str, float], size: Size) -> float:
    return sum(each * size.of(cause) for cause, each in by.items())


def _requests(function: str, found: dict[str, float]) -> dict[str, float]:
    """Return dollars by part for what a function asked for."""
    dollars: defaultdict[str, float] = defaultdict(float)
    invocations = found["invocations"]
    dollars["Lambda: invocations"] += invocations * prices.INVOCATIONS
    if function == API_FUNCTION:
        dollars["API Gateway"] += prices.http_dollars(invocations)
    else:
        dollars["SQS"] += len(EVENT_SOURCE) * invocations * prices.SQS_FAIR_REQUESTS
    for name, count in found.items():
        if name.startswith(WRITTEN):
            dollars[f"DynamoDB: writes, {_table(name, WRITTEN)}"] += count * prices.WRITE_UNITS
        elif name.startswith(READ):
            dollars[f"DynamoDB: reads, {_table(name, READ)}"] += count * prices.READ_UNITS
        elif is_request(name):
            service = name.partition(":")[0]
            if service in SERVICES:
                called, price = SERVICES[service]
                dollars[called] += count * price
            elif service == "s3":
                dollars["S3"] += prices.request_dollars({name: count}).get("S3", 0.0)
    return dollars


def _table(name: str, kind: str) -> str:
    return name.removeprefix(kind).removeprefix(STACK)


def _size(asked: Asked, grows: Coefficients, stage: Stage) -> tuple[Size, float, Waited]:
    """Return how much there is of what counts grow with, how long it takes, and how it is waited for."""
    slices, share = slices_of(asked), share_of(stage.limits(WORKER).megabytes)
    unknown = Size(slices, asked.interviews, asked.calls, 0.0, 0.0)
    busy = _amount(grows[WORKER][CPU], unknown) / share / slices
    one = waiting_seconds(asked) + busy
    joining = _amount(grows["finalizer"][CPU], unknown) / share_of(stage.limits("finalizer").megabytes)
    seconds = STARTING_SECONDS + math.ceil(slices / window()) * one + joining
    waited = wait(Work(asked.interviews, asked.questions, seconds), RELEASE, holding=True)
    size = Size(slices, asked.interviews, asked.calls, slices * one, waited.held_seconds)
    return size, seconds, waited


def _billed_seconds(function: str, found: dict[str, float], size: Size, stage: Stage) -> float:
    if function == WORKER:
        return size.worker_seconds
    if function == API_FUNCTION:
        return found["invocations"] * ANSWERING_SECONDS
    asks = sum(count for name, count in found.items() if is_request(name) and name != CPU)
    return found.get(CPU, 0.0) / share_of(stage.limits(function).megabytes) + asks * AWS_SECONDS


def _lambda(function: str, seconds: float, stage: Stage) -> float:
    megabytes = stage.limits(function).megabytes
    return prices.lambda_dollars(invocations=0, seconds=seconds, megabytes=megabytes)
