"""Signed addresses at the API's own port: passed on to the local S3, whole and safe."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import psutil
import pytest
import requests
from botocore.config import Config

from tests.journey.stack import free_ports
from tests.unit.infra.local.moto.test_mends import client
from tests.unit.infra.local.servers import KEY, exchange, http_server, moto_server, resident_megabytes

BUCKET = "things"
LARGE = os.urandom(1024 * 1024) * 48


@dataclass(frozen=True)
class Served:
    port: int
    aws: str

    def signed(self, call: str, key: str, **more: str) -> str:
        s3 = boto3.client(
            "s3",
            endpoint_url=f"http://localhost:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=KEY.identifier,
            aws_secret_access_key=KEY.secret,
            config=Config(signature_version="s3v4"),
        )
        made: str = s3.generate_presigned_url(call, Params={"Bucket": BUCKET, "Key": key, **more})
        return made

    def get(self, key: str, **more: Any) -> requests.Response:
        return requests.get(self.signed("get_object", key), timeout=60, **more)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("files")
    (port,) = free_ports(1)
    with moto_server(folder, "--also-called", f"localhost:{port}") as aws:
        client(aws, "s3").create_bucket(Bucket=BUCKET)
        with http_server(folder, "--files-port", aws.rpartition(":")[2], port=port):
            yield Served(port, aws)


def test_an_upload_answers_200_and_is_downloaded_as_it_was(served: Served) -> None:
    put = requests.put(
        served.signed("put_object", "a ü"), data=b"{}",
        headers={"Content-Type": "application/json", "Authorization": "Bearer key", "Cookie": "a=b"},
        timeout=10,
    )  # fmt: skip
    assert put.status_code == 200
    got = served.get("a ü", headers={"Authorization": "Bearer key"})
    assert (got.status_code, got.content) == (200, b"{}")
    part = served.get("a ü", headers={"Range": "bytes=1-1"})
    assert (part.status_code, part.content) == (206, b"}")


def test_what_a_stranger_uploaded_is_saved_and_not_shown(served: Served) -> None:
    page = {"Content-Type": "text/html", "Content-Disposition": "inline"}
    requests.put(served.signed("put_object", "page"), data=b"<script>", headers=page, timeout=10)
    got = served.get("page")
    assert got.headers["Content-Disposition"] == "attachment"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"] == "sandbox"
    named = served.signed("get_object", "page", ResponseContentDisposition='attachment; filename="x.csv"')
    told = requests.get(named, timeout=10).headers["Content-Disposition"]
    assert told == 'attachment; filename="x.csv"'


def test_large_files_are_never_whole_in_the_gateway(served: Served) -> None:
    (gateway,) = [
        process
        for process in psutil.Process().children()
        if "infra.local.http.server" in process.cmdline() and "--files-port" in process.cmdline()
    ]
    before = resident_megabytes(gateway.pid)
    put = requests.put(served.signed("put_object", "large"), data=LARGE, timeout=60)
    assert put.status_code == 200
    assert served.get("large").content == LARGE
    assert resident_megabytes(gateway.pid) - before < 16


def test_a_wrong_signature_is_refused_and_its_body_taken_off_the_line(served: Served) -> None:
    for address in (
        served.signed("put_object", "b").replace("/b?", "/c?"),
        served.signed("get_object", "b"),
        f"http://localhost:{served.port}/{BUCKET}/b?X-Amz-Signature={'0' * 64}",
    ):
        assert requests.put(address, data=LARGE[: 4 * 1024 * 1024], timeout=60).status_code == 403
    foreign = {"Origin": "http://evil.example.com"}
    assert (
        requests.put(served.signed("put_object", "b"), data=b"", headers=foreign, timeout=9).status_code
        == 403
    )
    assert served.get("b").status_code == 404


def test_an_upload_without_a_length_is_a_sentence(served: Served) -> None:
    path = served.signed("put_object", "d").partition(str(served.port))[2]
    head = f"PUT {path} HTTP/1.1\r\nHost: localhost:{served.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b"Content-Length" in exchange(served.port, head.encode() + b"0\r\n\r\n")


def test_an_upload_that_breaks_off_leaves_nothing(served: Served) -> None:
    path = served.signed("put_object", "half").partition(str(served.port))[2]
    head = f"PUT {path} HTTP/1.1\r\nHost: localhost:{served.port}\r\nContent-Length: 100\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(head.encode() + b"only this")
    assert served.get("half").status_code == 404
