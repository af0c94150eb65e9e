"""What counted requests come to, by the design's price table."""

from collections import Counter

import pytest

from infra.bench.meters.costs import costs_of
from infra.bench.meters.prices import lambda_dollars, request_dollars, unit_dollars
from infra.bench.runs.remote_run import grown

MEGABYTES = {"api_handler": 1024, "worker": 2048}


def test_prices_are_those_of_the_design():
    assert lambda_dollars(invocations=1e6, seconds=0, megabytes=128) == pytest.approx(0.20)
    assert lambda_dollars(invocations=0, seconds=10, megabytes=2048) == pytest.approx(20 * 1.33334e-5)
    assert unit_dollars(write_units=1e6, read_units=0) == pytest.approx(0.625)
    assert unit_dollars(write_units=0, read_units=1e6) == pytest.approx(0.125)
    assert request_dollars({"s3:PutObject": 1e6, "s3:GetObject": 1e6}) == {"S3": pytest.approx(5.40)}
    assert request_dollars({"sqs:SendMessageBatch": 1e6}) == {"SQS": pytest.approx(0.40)}


def test_dynamodb_is_billed_by_units_and_deletions_in_s3_are_free():
    assert request_dollars({"dynamodb:GetItem": 1e6, "s3:DeleteObject": 1e6}) == {}


def test_costs_are_for_a_thousand_interviews_with_what_lambda_and_the_client_ask():
    run = {
        "worker": Counter({"invocations": 2, "seconds": 10.0, "s3:PutObject": 2, "write_units": 8}),
        "api_handler": Counter({"invocations": 20, "seconds": 1.0, "dynamodb:GetItem": 40, "read_units": 20}),
    }
    costs = costs_of([run, run], interviews=500, megabytes=MEGABYTES)
    assert costs.requests == {
        "dynamodb:GetItem": 80,
        "s3:GetObject": 2,
        "s3:PutObject": 2 * (2 + 1),
        "sqs:DeleteMessageBatch": 4,
        "sqs:ReceiveMessage": 4,
    }
    assert (costs.write_units, costs.read_units, costs.http_requests) == (16, 40, 40)
    assert costs.busy_seconds == {"api_handler": 2, "worker": 20}
    assert costs.dollars["Lambda"] == pytest.approx((40 + 4) * 0.2e-6 + (20 * 2 + 2) * 1.33334e-5)
    assert costs.dollars["API Gateway"] == pytest.approx(40 * 3.5e-6)
    assert costs.total_dollars == pytest.approx(sum(costs.dollars.values()))


def test_counts_grow_from_what_was_there_before():
    before = {"worker": Counter({"invocations": 2})}
    after = {"worker": Counter({"invocations": 5}), "finalizer": Counter({"invocations": 1})}
    assert grown(before, after) == {
        "worker": Counter({"invocations": 3}),
        "finalizer": Counter({"invocations": 1}),
    }
