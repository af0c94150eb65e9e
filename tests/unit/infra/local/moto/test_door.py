"""Whom the local AWS refuses: whoever has no key, and every other address and page."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from infra.local.access_key import AccessKey, keep_key, make_key, read_key
from tests.unit.infra.local.moto.test_mends import client
from tests.unit.infra.local.servers import KEY, exchange, moto_server

BUCKET = "things"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with moto_server(tmp_path_factory.mktemp("aws")) as started:
        s3 = client(started, "s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="mine", Body=b"mine")
        s3.put_object(Bucket=BUCKET, Key="another's", Body=b"secret")
        yield started


@pytest.fixture(autouse=True)
def _nothing_changed(address: str) -> Iterator[None]:
    yield
    listed = client(address, "s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [entry["Key"] for entry in listed] == ["another's", "mine"]
    assert client(address, "s3").get_object(Bucket=BUCKET, Key="mine")["Body"].read() == b"mine"


def signed(address: str, call: str = "get_object", key: str = "mine", seconds: int = 60) -> str:
    parameters = {"Bucket": BUCKET, "Key": key}
    made: str = client(address, "s3").generate_presigned_url(call, Params=parameters, ExpiresIn=seconds)
    return made


def signed_at(address: str, moment: float, seconds: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return an address that was signed at another time, by botocore's clock."""
    when = datetime.fromtimestamp(moment, UTC)
    request = AWSRequest("GET", f"{address}/{BUCKET}/mine")
    signer = S3SigV4QueryAuth(Credentials(KEY.identifier, KEY.secret), "s3", "us-east-1", expires=seconds)
    with monkeypatch.context() as patched:
        patched.setattr("botocore.auth.get_current_datetime", lambda: when)
        signer.add_auth(request)
    return str(request.url)


@pytest.mark.parametrize("path", ["/", f"/{BUCKET}", f"/{BUCKET}/mine", "/moto-api/", "/moto-api/data.json"])
def test_unsigned_requests_are_refused(address: str, path: str) -> None:
    assert requests.get(address + path, timeout=10).status_code == 403
    assert requests.put(address + path, data=b"x", timeout=10).status_code == 403
    assert requests.delete(address + path, timeout=10).status_code == 403


@pytest.mark.parametrize("path", ["/moto-api/reset", "/%6doto-api/reset", "/moto-api/reset-auth"])
def test_a_form_that_a_page_posts_resets_nothing(address: str, path: str) -> None:
    assert requests.post(address + path, data={"a": "b"}, timeout=10).status_code == 403


@pytest.mark.parametrize(
    "key",
    [
        AccessKey("local", "local"),
        AccessKey(KEY.identifier, "guessed"),
        AccessKey("guessed", KEY.secret),
    ],
)
@pytest.mark.parametrize("service", ["s3", "dynamodb", "sqs", "secretsmanager"])
def test_a_wrong_key_is_refused(address: str, service: str, key: AccessKey) -> None:
    asked = boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=key.identifier,
        aws_secret_access_key=key.secret,
        config=Config(retries={"total_max_attempts": 1}),
    )
    call = {"s3": "list_buckets", "dynamodb": "list_tables", "sqs": "list_queues"}
    with pytest.raises(ClientError) as refused:
        getattr(asked, call.get(service, "list_secrets"))()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert refused.value.response["Error"]["Code"] in {"InvalidAccessKeyId", "SignatureDoesNotMatch"}


@pytest.mark.parametrize("host", ["evil.example.com", "localhost", "localhost:1", "169.254.169.254:{port}"])
def test_a_foreign_host_is_refused(address: str, host: str) -> None:
    """So does a page whose name leads here all of a sudden."""
    port = address.rpartition(":")[2]
    headers = {"Host": host.format(port=port)}
    assert requests.get(signed(address), headers=headers, timeout=10).status_code == 403
    assert requests.get(f"{address}/-/alive", headers=headers, timeout=10).status_code == 403


def test_a_request_that_names_two_hosts_is_refused(address: str) -> None:
    port = int(address.rpartition(":")[2])
    for lines in ("Host: localhost:{port}\r\nHost: evil\r\n", ""):
        request = f"GET /-/alive HTTP/1.1\r\n{lines.format(port=port)}Connection: close\r\n\r\n"
        assert b" 403 " in exchange(port, request.encode()).partition(b"\r\n")[0]


@pytest.mark.parametrize("origin", ["http://evil.example.com", "null", "http://localhost:1", "https://a"])
def test_a_page_of_another_address_is_refused(address: str, origin: str) -> None:
    for ask in (requests.get, requests.options):
        refused = ask(signed(address), headers={"Origin": origin}, timeout=10)
        assert refused.status_code == 403
        assert "Access-Control-Allow-Origin" not in refused.headers
    own = requests.get(signed(address), headers={"Origin": address}, timeout=10)
    assert (own.status_code, own.content) == (200, b"mine")


def test_a_signed_address_is_good_for_what_was_signed(address: str) -> None:
    assert requests.get(signed(address), timeout=10).content == b"mine"
    refused = [
        requests.put(signed(address), data=b"x", timeout=10),
        requests.delete(signed(address), timeout=10),
        requests.get(signed(address).replace("mine", "another's"), timeout=10),
        requests.get(signed(address) + "&versionId=1", timeout=10),
        requests.get(signed(address).replace("Expires=60", "Expires=6000"), timeout=10),
        requests.get(signed(address) + "&X-Amz-Signature=" + "0" * 64, timeout=10),
        requests.get(signed(address), headers={"Authorization": "Bearer key"}, timeout=10),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)


def test_a_signed_upload_copies_nothing_of_others(address: str) -> None:
    """What S3 calls a copy is an upload with a header, which is not part of this signature."""
    headers = {"x-amz-copy-source": f"/{BUCKET}/another's"}
    refused = requests.put(signed(address, "put_object"), headers=headers, timeout=10)
    assert (refused.status_code, "not signed" in refused.text) == (403, True)


def test_a_signed_address_leads_to_no_other_service(address: str) -> None:
    """moto takes the service of a request without a signed header from what stands in it."""
    queues = requests.get(
        signed(address), headers={"Content-Type": "application/x-www-form-urlencoded"},
        data="Action=AssumeRoleWithSAML&Version=2011-06-15", timeout=10,
    )  # fmt: skip
    assert queues.content == b"mine"


def test_a_signed_address_ends(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    good = [signed_at(address, now - 50, 60, monkeypatch), signed_at(address, now + 60, 60, monkeypatch)]
    bad = [
        signed_at(address, now - 61, 60, monkeypatch),
        signed_at(address, now + 3600, 60, monkeypatch),
        signed_at(address, now, 8 * 24 * 3600, monkeypatch),
        signed_at(address, now, -1, monkeypatch),
    ]
    assert [requests.get(url, timeout=10).status_code for url in good] == [200, 200]
    assert [requests.get(url, timeout=10).status_code for url in bad] == [403] * 4


def test_a_body_that_was_not_signed_is_refused(address: str) -> None:
    """The signer believes a hash that is given; the body must have it."""

    def say_another(request: Any, **_: object) -> None:
        request.data = request.body = b"another"

    s3 = client(address, "s3")
    s3.meta.events.register("before-send.s3.PutObject", say_another)
    with pytest.raises(ClientError, match="XAmzContentSHA256Mismatch"):
        s3.put_object(Bucket=BUCKET, Key="mine", Body=b"exactly")


def test_a_key_is_new_each_time_and_its_owner_s_alone(tmp_path: Path) -> None:
    key = make_key()
    assert key != make_key()
    keep_key(key, tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert read_key(tmp_path / "key") == key
    assert key.secret not in repr(key)
    with pytest.raises(FileExistsError):
        keep_key(key, tmp_path / "key")
