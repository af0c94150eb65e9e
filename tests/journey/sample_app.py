"""A small application for tests of the local stack itself, with handlers that misbehave on demand.

A message's body is JSON; ``do`` says what its handler does. What was seen is written down as
objects in the bucket, so that it survives the process. Whoever is told to ``wait`` goes on when
there is an object ``go``.
"""

import json
import os
import subprocess
import time
import uuid
from typing import Any

import boto3
from chalice.app import Chalice, CloudWatchEvent, CORSConfig, Rate, Response, SQSEvent

from chalicelib.domain import fault_points

app = Chalice(app_name="sample")
app.api.cors = False
# Made here and not by a handler, whose time it would take.
bucket = boto3.client("s3")


def _note(name: str, record: dict[str, Any], **more: Any) -> None:
    key = f"{name}/{time.time():.6f}-{uuid.uuid4()}"
    body = json.dumps({"record": record, "process": os.getpid(), **more})
    bucket.put_object(Bucket=os.environ["PERCH_BUCKET"], Key=key, Body=body.encode())


@app.on_sqs_message(queue="WorkQueue", batch_size=2)
def worker(event: SQSEvent) -> dict[str, Any]:
    """Do what each message says."""
    failures = []
    for record in event.to_dict()["Records"]:
        order = json.loads(record["body"])
        context: Any = event.context
        _note(
            "worked",
            record,
            milliseconds=context.get_remaining_time_in_millis(),
            function=context.function_name,
            megabytes=context.memory_limit_in_mb,
            environment=dict(os.environ),
        )
        match order["do"]:
            case "outlive":
                # One child in the group of the process and one that left it.
                subprocess.Popen(["sleep", "300"])
                subprocess.Popen(["sleep", "300"], start_new_session=True)
                time.sleep(300)
            case "raise":
                raise RuntimeError("as ordered")
            case "exit":
                os._exit(3)
            case "nonsense":
                return {"batchItemFailures": [{"itemIdentifier": "never seen"}]}
            case "reach":
                fault_points.reached(fault_points.FaultPoint.SLICE_DONE)
            case "hold":
                _hold(record, seconds=2)
                raise RuntimeError("as ordered")
            case "wait":
                while not _seen("go"):
                    time.sleep(0.05)
                _note("waited", record)
            case "fail":
                failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _seen(prefix: str) -> int:
    return int(bucket.list_objects_v2(Bucket=os.environ["PERCH_BUCKET"], Prefix=prefix)["KeyCount"])


def _hold(record: dict[str, Any], seconds: int) -> None:
    """Have the message come back that soon, whatever its queue says."""
    sqs = boto3.client("sqs")
    queue = sqs.get_queue_url(QueueName=record["eventSourceARN"].rpartition(":")[2])["QueueUrl"]
    sqs.change_message_visibility(
        QueueUrl=queue, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
    )


@app.schedule(Rate(1, unit=Rate.HOURS))
def ticker(event: CloudWatchEvent) -> None:
    """Write down each tick, after a while; the third one does not survive."""
    before = _seen("begun/")
    context: Any = event.context
    _note("begun", event.to_dict(), milliseconds=context.get_remaining_time_in_millis())
    match before:
        case 2:
            os._exit(3)
        case 3:
            raise RuntimeError("as planned")
    time.sleep(0.2)
    _note("ticked", event.to_dict())


@app.on_sqs_message(queue="WorkDeadLetters", batch_size=1)
def dead_letters(event: SQSEvent) -> None:
    """Write down what nobody could handle."""
    for record in event.to_dict()["Records"]:
        _note("dead", record)


@app.route("/health")
def health() -> dict[str, Any]:
    """Answer that the application is well."""
    return {"status": "ok", "parts": {"sample": "ok"}}


@app.route("/things/{name}", methods=["GET", "POST"], cors=CORSConfig())
def thing(name: str) -> dict[str, Any]:
    """Give back what came in."""
    request: Any = app.current_request
    return {"name": name, "key": request.headers.get("authorization"), "query": request.query_params}


@app.route("/slow/{seconds}")
def slow(seconds: str) -> dict[str, Any]:
    """Answer late, with the caller's own key as it is read at the end."""
    time.sleep(float(seconds))
    request: Any = app.current_request
    return {"key": request.headers.get("authorization")}


@app.route("/large/{megabytes}")
def large(megabytes: str) -> Response:
    """Answer with a body of some size."""
    return Response(body="x" * int(float(megabytes) * 1024 * 1024), headers={"Content-Type": "text/plain"})


@app.route("/echo", methods=["POST", "PUT"])
def echo() -> dict[str, Any]:
    """Say how large the body was."""
    request: Any = app.current_request
    return {"bytes": len(request.raw_body)}
