"""The local AWS with a data directory: killed and started again, it holds what it held."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from infra.local.aws import CALL_ERRORS
from infra.local.data import keys
from infra.local.data.directory import KEYS, OBJECTS, claim
from tests.journey.stack import WAIT_SECONDS
from tests.unit.infra.local.moto.test_mends import client
from tests.unit.infra.local.servers import moto_server

BUCKET = "things"
LARGE = os.urandom(300_000)
PART = os.urandom(5 * 1024 * 1024)


@contextmanager
def kept_aws(directory: Path) -> Iterator[str]:
    """Run the local AWS with a table and a bucket; it ends by SIGKILL."""
    claimed = claim(directory / "data")
    try:
        with moto_server(directory, "--data", str(claimed.directory)) as address:
            client(address, "dynamodb").create_table(
                TableName="things",
                AttributeDefinitions=[
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "N"},
                ],
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                BillingMode="PAY_PER_REQUEST",
            )
            client(address, "dynamodb").create_table(
                TableName="plain",
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )
            client(address, "s3").create_bucket(Bucket=BUCKET)
            yield address
    finally:
        os.close(claimed.descriptor)


def key(number: str, name: str = "a") -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"N": number}}


def scan(address: str, table: str = "things") -> list[Any]:
    found = client(address, "dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
    return sorted(found, key=str)


def test_items_of_every_shape_written_in_every_way(tmp_path: Path) -> None:
    everything = {
        "text": {"S": "é\u2028"}, "number": {"N": "-1.5E-7"}, "yes": {"BOOL": True},
        "nothing": {"NULL": True},
        "bytes": {"B": b"\x00\xff"}, "texts": {"SS": ["b", "a"]}, "numbers": {"NS": ["1", "2"]},
        "many": {"BS": [b"\x00", b"\x01"]}, "empty": {"L": []},
        "list": {"L": [{"M": {"deep": {"L": [{"B": b"x"}, {"N": "7"}]}}}, {"S": ""}]},
    }  # fmt: skip
    with kept_aws(tmp_path) as address:
        dynamodb = client(address, "dynamodb")
        dynamodb.put_item(TableName="things", Item={**key("1"), **everything})
        dynamodb.put_item(TableName="things", Item={**key("1.0"), **everything})
        dynamodb.put_item(TableName="plain", Item={"pk": {"S": "only"}, "n": {"N": "0"}})
        dynamodb.batch_write_item(
            RequestItems={
                "things": [{"PutRequest": {"Item": key(str(number), "b")}} for number in range(5)],
                "plain": [{"PutRequest": {"Item": {"pk": {"S": "more"}}}}],
            }
        )
        dynamodb.batch_write_item(RequestItems={"things": [{"DeleteRequest": {"Key": key("3", "b")}}]})
        dynamodb.delete_item(TableName="things", Key=key("4", "b"))
        insert = {"Statement": "INSERT INTO \"things\" VALUE {'pk': ?, 'sk': ?, 'body': ?}"}
        dynamodb.batch_execute_statement(
            Statements=[{**insert, "Parameters": [*key(sort).values(), {"B": b"x"}]} for sort in ("1", "8")]
        )
        update = {
            "UpdateExpression": "SET n = if_not_exists(n, :one) + :one ADD tags :tags REMOVE gone",
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":tags": {"SS": ["t"]}},
        }
        dynamodb.update_item(TableName="things", Key=key("9"), **update)
        dynamodb.transact_write_items(
            TransactItems=[
                {"Update": {"TableName": "plain", "Key": {"pk": {"S": "only"}}, **update}},
                {"Delete": {"TableName": "things", "Key": key("0", "b")}},
                {"Put": {"TableName": "things", "Item": key("1", "c")}},
            ]
        )
        absent = {"ConditionExpression": "attribute_not_exists(pk)"}
        with pytest.raises(ClientError):
            dynamodb.put_item(TableName="things", Item=key("1"), **absent)
        with pytest.raises(ClientError):
            dynamodb.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": "things", "Item": key("1", "never")}},
                    {"Put": {"TableName": "things", "Item": key("1", "c"), **absent}},
                ]
            )
        before = scan(address), scan(address, "plain")
    assert len(before[0]) == 6
    for _ in range(2):
        with kept_aws(tmp_path) as address:
            assert (scan(address), scan(address, "plain")) == before
    with kept_aws(tmp_path) as address:
        dynamodb = client(address, "dynamodb")
        dynamodb.update_item(TableName="things", Key=key("9"), **update)
        (item,) = [item for item in scan(address) if item["sk"] == {"N": "9"}]
        assert item == {**key("9"), "n": {"N": "3"}, "tags": {"SS": ["t"]}}


def everything_in(address: str) -> dict[str, Any]:
    s3 = client(address, "s3")
    found = {}
    for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        got = s3.get_object(Bucket=BUCKET, Key=entry["Key"])
        told = {name: got[name] for name in ("ContentType", "Metadata", "ETag", "LastModified")}
        found[entry["Key"]] = (got["Body"].read(), told, entry["Size"], entry["ETag"])
    return found


def test_objects_written_in_every_way(tmp_path: Path) -> None:
    with kept_aws(tmp_path) as address:
        s3 = client(address, "s3")
        s3.put_object(Bucket=BUCKET, Key="small ü/ä", Body=b"1", ContentType="text/x", Metadata={"a": "b"})
        s3.put_object(Bucket=BUCKET, Key="large", Body=b"old" * 100_000)
        s3.put_object(Bucket=BUCKET, Key="large", Body=LARGE)
        s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
        s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "large"})
        signed = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "signed"})
        headers = {"Content-Type": "application/json"}
        assert requests.put(signed, data=b"{}", headers=headers, timeout=WAIT_SECONDS).status_code == 200
        for name in ("deleted", "deleted too", "and this"):
            s3.put_object(Bucket=BUCKET, Key=name, Body=LARGE)
        s3.delete_object(Bucket=BUCKET, Key="deleted")
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "deleted too"}, {"Key": "and this"}]})
        for name, complete in (("parts", True), ("unfinished", False)):
            upload = s3.create_multipart_upload(Bucket=BUCKET, Key=name, ContentType="text/y")["UploadId"]
            whole = {"Bucket": BUCKET, "Key": name, "UploadId": upload}
            parts = [
                {"PartNumber": number, "ETag": s3.upload_part(**whole, PartNumber=number, Body=body)["ETag"]}
                for number, body in ((1, PART), (2, b"end"))
            ]
            if complete:
                for _ in range(2):  # a client that missed the answer asks again
                    s3.complete_multipart_upload(**whole, MultipartUpload={"Parts": parts})
        before = everything_in(address)
    assert set(before) == {"small ü/ä", "large", "empty", "copy", "signed", "parts"}
    assert before["large"][0] == before["copy"][0] == LARGE
    assert before["parts"][0] == PART + b"end"
    assert before["small ü/ä"][1]["Metadata"] == {"a": "b"}
    assert before["signed"][1]["ContentType"] == "application/json"
    for _ in range(2):
        with kept_aws(tmp_path) as address:
            assert everything_in(address) == before
            s3 = client(address, "s3")
            got = s3.get_object(Bucket=BUCKET, Key="large", Range="bytes=10-19")
            assert got["Body"].read() == LARGE[10:20]
            signed = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "large"})
            assert requests.get(signed, timeout=WAIT_SECONDS).content == LARGE
            assert requests.get(f"{address}/{BUCKET}/large", timeout=WAIT_SECONDS).status_code == 403
            # large, copy and parts: what was replaced or deleted leaves no file.
            assert len(os.listdir(tmp_path / "data" / OBJECTS)) == 3


def test_an_item_never_names_an_object_that_is_not_there(tmp_path: Path) -> None:
    """Killed again and again while threads write an object, then an item that names it."""
    written: dict[str, list[int]] = {f"writer-{number}": [] for number in range(3)}
    for round_number in range(3):
        with kept_aws(tmp_path) as address:
            found = {(item["pk"]["S"], int(item["sk"]["N"])) for item in scan(address)}
            s3 = client(address, "s3")
            for name, number in found:
                if number > (round_number - 1) * 10_000:  # of the last round
                    body = s3.get_object(Bucket=BUCKET, Key=f"{name}/{number}")["Body"].read()
                    assert body == body_of(number)
            # Nothing that was answered is missing.
            assert {(name, number) for name, numbers in written.items() for number in numbers} <= found
            threads = [
                threading.Thread(target=keep_writing, args=(address, name, round_number * 10_000, numbers))
                for name, numbers in written.items()
            ]
            for thread in threads:
                thread.start()
            enough, until = written_by(written) + 30, time.monotonic() + WAIT_SECONDS
            while written_by(written) < enough:
                assert time.monotonic() < until
                time.sleep(0.05)
        for thread in threads:
            thread.join()


def written_by(writers: Mapping[str, Sequence[int]]) -> int:
    return sum(map(len, writers.values()))


def keep_writing(address: str, name: str, start: int, answered: list[int]) -> None:
    s3, dynamodb = client(address, "s3"), client(address, "dynamodb")
    number = start
    with contextlib.suppress(*CALL_ERRORS):  # until the server is killed
        while True:
            number += 1
            s3.put_object(Bucket=BUCKET, Key=f"{name}/{number}", Body=body_of(number))
            dynamodb.put_item(TableName="things", Item=key(str(number), name))
            answered.append(number)


def body_of(number: int) -> bytes:
    """Return a small body or one that gets a file."""
    return str(number).encode() * (1 if number % 2 else 60_000)


def test_a_disk_that_refuses_ends_the_process_instead_of_the_history(tmp_path: Path) -> None:
    with kept_aws(tmp_path) as address:
        s3 = client(address, "s3")
        s3.put_object(Bucket=BUCKET, Key="a", Body=LARGE)
        before = everything_in(address)
        (tmp_path / "data" / OBJECTS).rename(tmp_path / "away")
        with pytest.raises(Exception, match=r"onnection|closed"):
            s3.put_object(Bucket=BUCKET, Key="b", Body=LARGE)
        (tmp_path / "away").rename(tmp_path / "data" / OBJECTS)
    log = (tmp_path / "moto.server.log").read_text()
    assert "The data directory cannot be used any more: " in log
    assert "Traceback" not in log
    with kept_aws(tmp_path) as address:
        assert everything_in(address) == before


def test_what_kms_encrypted_it_decrypts_again(tmp_path: Path) -> None:
    said: Mapping[str, Any] = {"KeySpec": "AES_256", "EncryptionContext": {"account": "ada"}}
    with kept_aws(tmp_path) as address:
        kms = client(address, "kms")
        first = kms.create_key(Description="perch-local-vault")["KeyMetadata"]
        other = kms.create_key(Description="another")["KeyMetadata"]
        passing = kms.create_key()["KeyMetadata"]
        kms.create_alias(AliasName="alias/vault", TargetKeyId=first["KeyId"])
        made = kms.generate_data_key(KeyId="alias/vault", **said)
    file = tmp_path / "data" / KEYS
    assert file.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in file.parent.iterdir()} >= {KEYS}
    assert not file.with_suffix(".new").exists()
    with kept_aws(tmp_path) as address:
        kms = client(address, "kms")
        again = kms.create_key(Description="perch-local-vault")["KeyMetadata"]
        assert (again["KeyId"], again["Arn"]) == (first["KeyId"], first["Arn"])
        kms.create_alias(AliasName="alias/vault", TargetKeyId=again["KeyId"])
        blob, context = made["CiphertextBlob"], said["EncryptionContext"]
        opened = kms.decrypt(KeyId="alias/vault", CiphertextBlob=blob, EncryptionContext=context)
        assert opened["Plaintext"] == made["Plaintext"]
        assert kms.create_key(Description="another")["KeyMetadata"]["KeyId"] == other["KeyId"]
        assert kms.create_key()["KeyMetadata"]["KeyId"] != passing["KeyId"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"perch-local-vault": 7}'])
def test_a_file_of_keys_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    claimed = claim(tmp_path / "data")
    os.close(claimed.descriptor)
    (tmp_path / "data" / KEYS).write_text(text)
    with pytest.raises(ValueError, match=KEYS):
        keys.keep(tmp_path / "data")
