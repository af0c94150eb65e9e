"""S3 without ``--data``: bodies lie on disk and nowhere else, and leave it with their objects."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from botocore.exceptions import ClientError

from infra.local.moto.server import BODIES
from tests.journey.stack import WAIT_SECONDS
from tests.unit.infra.local.moto.test_mends import client
from tests.unit.infra.local.servers import moto_server, resident_megabytes

BUCKET = "things"
MEGABYTE = 1024 * 1024
PART = os.urandom(5 * MEGABYTE)
LARGE = os.urandom(3 * MEGABYTE)


@contextmanager
def an_s3(directory: Path) -> Iterator[Any]:
    with moto_server(directory) as address:
        s3 = client(address, "s3")
        s3.create_bucket(Bucket=BUCKET)
        yield s3


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[Any]:
    with an_s3(tmp_path) as started:
        yield started


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return tmp_path / BODIES


def body_of(s3: Any, name: str, **more: str) -> bytes:
    body: bytes = s3.get_object(Bucket=BUCKET, Key=name, **more)["Body"].read()
    return body


def upload(s3: Any, name: str, *parts: bytes) -> tuple[dict[str, str], dict[str, Any]]:
    """Upload all parts; return what names the upload, and what completes it."""
    made = s3.create_multipart_upload(Bucket=BUCKET, Key=name)["UploadId"]
    whole = {"Bucket": BUCKET, "Key": name, "UploadId": made}
    sent = [
        {"PartNumber": number, "ETag": s3.upload_part(**whole, PartNumber=number, Body=part)["ETag"]}
        for number, part in enumerate(parts, 1)
    ]
    return whole, {"MultipartUpload": {"Parts": sent}}


def test_each_object_has_a_file_until_it_is_replaced_or_deleted(s3: Any, files: Path) -> None:
    for name, body in (("small", b"1"), ("empty", b""), ("large", LARGE), ("gone", LARGE), ("too", b"2")):
        s3.put_object(Bucket=BUCKET, Key=name, Body=body)
    assert sorted(file.stat().st_size for file in files.iterdir()) == [0, 1, 1, len(LARGE), len(LARGE)]
    s3.put_object(Bucket=BUCKET, Key="small", Body=b"another")
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "large"})
    s3.delete_object(Bucket=BUCKET, Key="gone")
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "too"}]})
    assert sorted(file.stat().st_size for file in files.iterdir()) == [0, 7, len(LARGE), len(LARGE)]
    assert (body_of(s3, "small"), body_of(s3, "empty")) == (b"another", b"")
    assert body_of(s3, "large") == body_of(s3, "copy") == LARGE
    s3.delete_object(Bucket=BUCKET, Key="large")
    assert body_of(s3, "copy") == LARGE


def test_a_multipart_upload_leaves_one_file_and_a_given_up_one_none(s3: Any, files: Path) -> None:
    whole, parts = upload(s3, "parts", PART, b"end")
    # A part that is sent again takes the place of the first.
    parts["MultipartUpload"]["Parts"][1]["ETag"] = s3.upload_part(**whole, PartNumber=2, Body=b"END")["ETag"]
    wrong = {"MultipartUpload": {"Parts": [{"PartNumber": 3, "ETag": '"none"'}]}}
    with pytest.raises(ClientError, match="InvalidPart"):
        s3.complete_multipart_upload(**whole, **wrong)
    for _ in range(2):  # a client that missed the answer asks again
        made = s3.complete_multipart_upload(**whole, **parts)
    assert made["ETag"].endswith('-2"')
    given_up, _ = upload(s3, "given up", PART, b"end")
    assert len(list(files.iterdir())) == 3
    s3.abort_multipart_upload(**given_up)
    small, of_small = upload(s3, "small parts", b"too small", b"end")
    with pytest.raises(ClientError, match="EntityTooSmall"):
        s3.complete_multipart_upload(**small, **of_small)
    s3.abort_multipart_upload(**small)
    (file,) = files.iterdir()
    assert file.read_bytes() == body_of(s3, "parts") == PART + b"END"
    assert s3.head_object(Bucket=BUCKET, Key="parts")["ContentLength"] == len(PART) + 3


@pytest.mark.parametrize("body", [os.urandom(1000), LARGE], ids=["small", "large"])
def test_parts_of_a_body_are_read(s3: Any, body: bytes) -> None:
    s3.put_object(Bucket=BUCKET, Key="a", Body=body)
    last = len(body) - 1
    for asked, expected in (
        ("bytes=0-0", body[:1]),
        ("bytes=10-19", body[10:20]),
        (f"bytes={last}-", body[-1:]),
        ("bytes=-7", body[-7:]),
        (f"bytes=5-{10 * len(body)}", body[5:]),
    ):
        got = s3.get_object(Bucket=BUCKET, Key="a", Range=asked)
        assert got["Body"].read() == expected, asked
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket=BUCKET, Key="a", Range=f"bytes={len(body)}-")
    with pytest.raises(ClientError, match="304"):
        s3.get_object(Bucket=BUCKET, Key="a", IfNoneMatch=s3.head_object(Bucket=BUCKET, Key="a")["ETag"])


def test_signed_addresses_lead_to_the_same_bodies(s3: Any) -> None:
    there = {"Bucket": BUCKET, "Key": "signed"}
    put = requests.put(
        s3.generate_presigned_url("put_object", Params=there), data=LARGE, timeout=WAIT_SECONDS
    )
    assert put.status_code == 200
    got = requests.get(s3.generate_presigned_url("get_object", Params=there), timeout=WAIT_SECONDS)
    assert (got.content, got.headers["Content-Length"]) == (LARGE, str(len(LARGE)))


def test_who_reads_has_the_whole_body_though_it_is_replaced_and_deleted_meanwhile(s3: Any) -> None:
    body = os.urandom(30 * MEGABYTE)  # more than any buffer on the way
    s3.put_object(Bucket=BUCKET, Key="a", Body=body)
    reading = s3.get_object(Bucket=BUCKET, Key="a")["Body"]
    begun = reading.read(10)
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"other")
    s3.delete_object(Bucket=BUCKET, Key="a")
    assert begun + reading.read() == body


def test_many_at_once_read_only_whole_bodies(s3: Any, files: Path) -> None:
    bodies = {bytes([number]) * (2 * MEGABYTE) for number in range(4)}
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(8):
            s3.put_object(Bucket=BUCKET, Key="a", Body=bytes([number]) * (2 * MEGABYTE))
            found = body_of(s3, "a")
            if found not in bodies:
                wrong.append(len(found))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(bodies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(list(files.iterdir())) == 1


def test_bodies_take_no_memory(s3: Any) -> None:
    (server,) = [
        child for child in psutil.Process().children() if "infra.local.moto.server" in child.cmdline()
    ]
    s3.put_object(Bucket=BUCKET, Key="first", Body=PART)
    before = resident_megabytes(server.pid)
    for number in range(20):
        s3.put_object(Bucket=BUCKET, Key=f"o/{number}", Body=PART)
    whole, parts = upload(s3, "parts", *[PART] * 20)
    s3.complete_multipart_upload(**whole, **parts)
    assert body_of(s3, "parts") == PART * 20
    # Three hundred came in and went out.
    assert resident_megabytes(server.pid) - before < 60


def test_a_stack_that_starts_again_begins_with_none(tmp_path: Path, files: Path) -> None:
    with an_s3(tmp_path) as s3:
        s3.put_object(Bucket=BUCKET, Key="a", Body=LARGE)
        assert len(list(files.iterdir())) == 1
    with an_s3(tmp_path) as s3:
        assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
        assert list(files.iterdir()) == []
