"""What a stage costs in a month in which nobody uses it: polled queues, the sweeper, a key, alarms, …"""

import re
from collections.abc import Sequence
from typing import Any

from infra.bench.meters import prices
from infra.bench.meters.throttle import share_of
from infra.bill.counted import CPU, CountedJob
from infra.deploy.packaging.template import compose
from infra.local.stage import Stage
from infra.repository import PATCHES, RESOURCES, ROOT

MINUTES = 30 * 24 * 60
POLLERS, POLLS_A_MINUTE = 5, 3
"""Lambda asks an empty queue with five pollers, each for twenty seconds."""
SWEEPER = "sweeper"
KINDS = {
    "kms_key": "AWS::KMS::Key",
    "secret": "AWS::SecretsManager::Secret",
    "dashboard": "AWS::CloudWatch::Dashboard",
}
ALARM = "AWS::CloudWatch::Alarm"
METRICS_WHEN_IDLE = 1
"""Of Perch's own: the sweeper counts open jobs, also where there are none."""


def standing(jobs: Sequence[CountedJob], stage: Stage) -> dict[str, float]:
    """Return dollars a month by part."""
    resources = compose(RESOURCES, PATCHES)["Resources"].values()
    queues = len(re.findall(r"@app\.on_sqs_message", (ROOT / "app.py").read_text()))
    polls = queues * POLLERS * POLLS_A_MINUTE * MINUTES
    found = {"SQS: empty queues are asked": polls * prices.SQS_REQUESTS}
    found["the sweeper, each minute"] = MINUTES * _a_sweep(jobs, stage)
    for name, kind in KINDS.items():
        count = sum(each.get("Type") == kind for each in resources)
        found[f"{name.replace('_', ' ')}s: {count}"] = count * prices.A_MONTH[name]
    watched = sum(_metrics(each["Properties"]) for each in resources if each.get("Type") == ALARM)
    found[f"metrics that alarms watch: {watched}"] = watched * prices.A_MONTH["alarm_metric"]
    found[f"metrics of Perch's own: {METRICS_WHEN_IDLE}"] = METRICS_WHEN_IDLE * prices.A_MONTH["metric"]
    return found


def _metrics(alarm: dict[str, Any]) -> int:
    """Return how many metrics an alarm is billed for."""
    return sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1


def _a_sweep(jobs: Sequence[CountedJob], stage: Stage) -> float:
    """Return what one costs, by all that happened while jobs were counted."""
    counts = [job.counts[SWEEPER] for job in jobs if SWEEPER in job.counts]
    sweeps = sum(each["invocations"] for each in counts)
    if not sweeps:
        return 0.0
    megabytes = stage.limits(SWEEPER).megabytes
    together = {
        name: sum(each.get(name, 0.0) for each in counts) for name in (CPU, "read_units", "write_units")
    }
    working = prices.lambda_dollars(
        invocations=sweeps, seconds=together[CPU] / share_of(megabytes), megabytes=megabytes
    )
    units = prices.unit_dollars(write_units=together["write_units"], read_units=together["read_units"])
    return (working + units) / sweeps
