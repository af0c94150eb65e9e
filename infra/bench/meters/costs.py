"""What a run asked of AWS and what it would cost there, for each 1,000 interviews."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.bench.meters import prices
from infra.bench.meters.counting import READ, WRITTEN
from infra.bench.stack import Counts
from infra.local.stage import API_FUNCTION

THOUSAND = 1000
NO_REQUESTS = frozenset({"invocations", "seconds", "write_units", "read_units"})
EVENT_SOURCE = ("sqs:ReceiveMessage", "sqs:DeleteMessageBatch")
"""What Lambda asks of a queue for each invocation; billed like anybody's requests."""
CLIENT = {"s3:PutObject": 1, "s3:GetObject": 1}
"""What the client itself asks of S3 by signed addresses: its payload and its results."""


@dataclass(frozen=True)
class Costs:
    """For each 1,000 interviews: requests by name, DynamoDB's units, busy seconds, dollars by service."""

    requests: dict[str, float]
    write_units: float
    read_units: float
    http_requests: float
    busy_seconds: dict[str, float]
    dollars: dict[str, float]

    @property
    def total_dollars(self) -> float:
        """Return all dollars together."""
        return sum(self.dollars.values())


def costs_of(runs: Sequence[Counts], *, interviews: int, megabytes: Mapping[str, int]) -> Costs:
    """Return the mean of some runs of so many interviews; ``megabytes`` are the functions' sizes."""
    together: dict[str, Counter[str]] = {}
    for run in runs:
        for function, counts in run.items():
            together.setdefault(function, Counter()).update(counts)
    share = THOUSAND / (interviews * len(runs))
    requests = _requests(together, len(runs))
    units = {
        name: sum(counts[name] for counts in together.values()) for name in ("write_units", "read_units")
    }
    calls = together.get(API_FUNCTION, Counter())["invocations"]
    dollars = {
        "Lambda": sum(
            prices.lambda_dollars(
                invocations=counts["invocations"], seconds=counts["seconds"], megabytes=megabytes[function]
            )
            for function, counts in together.items()
        ),
        "DynamoDB": prices.unit_dollars(**units),
        "API Gateway": prices.http_dollars(calls),
        **prices.request_dollars(requests),
    }
    return Costs(
        requests={name: count * share for name, count in sorted(requests.items())},
        write_units=units["write_units"] * share,
        read_units=units["read_units"] * share,
        http_requests=calls * share,
        busy_seconds={name: counts["seconds"] * share for name, counts in sorted(together.items())},
        dollars={name: amount * share for name, amount in dollars.items()},
    )


def is_request(name: str) -> bool:
    """Tell whether a count is one of requests, and not of time or of DynamoDB's units."""
    return name not in NO_REQUESTS and not name.startswith((WRITTEN, READ))


def _requests(together: Mapping[str, Counter[str]], runs: int) -> Counter[str]:
    requests: Counter[str] = Counter()
    for function, counts in together.items():
        requests.update({name: count for name, count in counts.items() if is_request(name)})
        if function != API_FUNCTION:
            requests.update(dict.fromkeys(EVENT_SOURCE, counts["invocations"]))
    requests.update({name: count * runs for name, count in CLIENT.items()})
    return requests
