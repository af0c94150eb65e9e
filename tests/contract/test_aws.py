"""What Perch expects of AWS, asked of moto and of the fake that stands in for it."""

import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import moto.sqs.models as sqs_models
import pytest
from boto3.dynamodb.conditions import Key
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.storage.aws import clients
from chalicelib.storage.aws.files import FileStore
from chalicelib.storage.aws.inserting import insert_items
from chalicelib.storage.aws.tables import delete_items
from chalicelib.storage.aws.transaction import LostRaceError, Transaction
from tests.support.fakes.aws.cloud import make_aws, standing_in
from tests.unit.conftest import create_resources

MEBIBYTE = 1024 * 1024
IN_TURN = TransferConfig(use_threads=False)


@dataclass
class Cloud:
    """One AWS: what its resources are called, and a way to let time pass there."""

    names: Mapping[str, str]
    now: float

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @property
    def jobs(self) -> str:
        return self.names["PERCH_JOBS_TABLE"]

    @property
    def bucket(self) -> str:
        return self.names["PERCH_BUCKET"]

    @property
    def queue(self) -> str:
        return self.names["PERCH_INTERVIEWS_QUEUE"]


@pytest.fixture(params=["moto", "fake"])
def cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    made = Cloud({}, time.time())
    if request.param == "fake":
        fake = make_aws(lambda: int(made.now * 1000), page_items=1000)
        with standing_in(fake):
            made.names = fake.environment
            yield made
        return
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sqs_models, "unix_time", lambda: made.now)
    monkeypatch.setattr(sqs_models, "unix_time_millis", lambda: made.now * 1000)
    with mock_aws():
        made.names = create_resources()
        yield made


@contextmanager
def refused(*codes: str) -> Iterator[dict[str, Any]]:
    """Expect AWS to refuse; give what it said."""
    said: dict[str, Any] = {}
    with pytest.raises(ClientError) as caught:
        yield said
    said.update(caught.value.response)
    assert said["Error"]["Code"] in codes, said


def put(cloud: Cloud, sort: str, **values: Any) -> None:
    item = {"pk": "p", "sk": sort, **values}
    clients.dynamodb().Table(cloud.jobs).put_item(Item=item)


def get(cloud: Cloud, sort: str) -> Any:
    answer = clients.dynamodb().Table(cloud.jobs).get_item(Key={"pk": "p", "sk": sort}, ConsistentRead=True)
    return answer.get("Item")


def transact(*writes: Any) -> None:
    clients.dynamodb().meta.client.transact_write_items(TransactItems=list(writes))


def a_put(cloud: Cloud, sort: str, condition: str | None = None, names: Any = None, **values: Any) -> Any:
    """Make a transaction's Put; of ``values`` those whose names begin with ``_`` are for the condition."""
    item = {name: value for name, value in values.items() if not name.startswith("_")}
    write: dict[str, Any] = {"TableName": cloud.jobs, "Item": {"pk": "p", "sk": sort, **item}}
    for name, value in (
        ("ConditionExpression", condition),
        ("ExpressionAttributeNames", names),
        (
            "ExpressionAttributeValues",
            {f":{name[1:]}": value for name, value in values.items() if name.startswith("_")},
        ),
    ):
        if value:
            write[name] = value
    return {"Put": write}


def reasons(said: Mapping[str, Any]) -> list[str]:
    return [reason["Code"] for reason in said["CancellationReasons"]]


class TestItems:
    def test_values_come_back_as_boto3_gives_them(self, cloud: Cloud) -> None:
        values = {
            "text": "Grüße",
            "number": 7,
            "exact": Decimal("1.50"),
            "nothing": None,
            "true": True,
            "list": [1, "a", {"deep": [None]}],
            "body": b"\x00\xff",
            "empty": "",
        }
        put(cloud, "a", **values)
        item = get(cloud, "a")
        assert {name: item[name] for name in values} == values
        assert type(item["number"]) is type(item["list"][0]) is Decimal
        assert item["true"] is True
        assert bytes(item["body"]) == b"\x00\xff"

    def test_what_is_given_and_what_is_kept_share_nothing(self, cloud: Cloud) -> None:
        inner = {"list": [1]}
        put(cloud, "a", inner=inner)
        inner["list"].append(2)
        get(cloud, "a")["inner"]["list"].append(3)
        assert get(cloud, "a")["inner"] == {"list": [1]}

    def test_floats_are_refused(self, cloud: Cloud) -> None:
        with pytest.raises(TypeError, match="Float types"):
            put(cloud, "a", number=1.5)

    def test_what_is_not_there_is_no_item(self, cloud: Cloud) -> None:
        assert get(cloud, "a") is None
        put(cloud, "a")
        clients.dynamodb().Table(cloud.jobs).delete_item(Key={"pk": "p", "sk": "a"})
        clients.dynamodb().Table(cloud.jobs).delete_item(Key={"pk": "p", "sk": "a"})
        assert get(cloud, "a") is None

    def test_an_item_over_400_kb_is_refused(self, cloud: Cloud) -> None:
        put(cloud, "a", body="x" * 400_000)
        with refused("ValidationException"):
            put(cloud, "a", body="x" * (400 * 1024))
        with refused("ValidationException"):
            transact(a_put(cloud, "b", body="x" * (400 * 1024)))
        assert get(cloud, "b") is None

    def test_keys_must_be_whole_and_not_empty(self, cloud: Cloud) -> None:
        table = clients.dynamodb().Table(cloud.jobs)
        with refused("ValidationException"):
            table.put_item(Item={"pk": "p"})
        with refused("ValidationException"):
            table.put_item(Item={"pk": "p", "sk": ""})
        with refused("ValidationException"):
            table.get_item(Key={"pk": "p"})
        with refused("ResourceNotFoundException"):
            clients.dynamodb().Table("nowhere").get_item(Key={"pk": "p", "sk": "a"})

    def test_one_conditional_write(self, cloud: Cloud) -> None:
        table = clients.dynamodb().Table(cloud.jobs)
        condition: Any = "attribute_not_exists(pk)"
        table.put_item(Item={"pk": "p", "sk": "a"}, ConditionExpression=condition)
        with refused("ConditionalCheckFailedException"):
            table.put_item(Item={"pk": "p", "sk": "a"}, ConditionExpression=condition)
        with refused("ConditionalCheckFailedException"):
            table.delete_item(Key={"pk": "p", "sk": "b"}, ConditionExpression="attribute_exists(pk)")

    def test_a_write_tells_what_it_replaced(self, cloud: Cloud) -> None:
        table = clients.dynamodb().Table(cloud.jobs)
        item: dict[str, Any] = {"pk": "p", "sk": "a", "n": 1}
        assert "Attributes" not in table.put_item(Item=item, ReturnValues="ALL_OLD")
        assert table.put_item(Item={**item, "n": 2}, ReturnValues="ALL_OLD")["Attributes"] == item
        key = {"pk": "p", "sk": "a"}
        assert table.delete_item(Key=key, ReturnValues="ALL_OLD")["Attributes"] == {**item, "n": 2}
        assert "Attributes" not in table.delete_item(Key=key, ReturnValues="ALL_OLD")

    @pytest.mark.parametrize(
        ("condition", "holds"),
        [
            ("attribute_not_exists(pk) OR size_ < :0", False),
            ("attribute_not_exists(pk) OR size_ <= :0 OR maker = :1", True),
            ("attribute_not_exists(pk) OR size_ < :0 OR maker = :1", True),
            ("attribute_not_exists(pk) OR ends <= :0 OR nobody = :1", False),
        ],
    )
    def test_one_write_has_one_of_several_conditions(self, cloud: Cloud, condition: str, holds: bool) -> None:
        put(cloud, "a", size_=5, maker="me")
        table = clients.dynamodb().Table(cloud.jobs)
        values = {":0": 5, **({":1": "me"} if ":1" in condition else {})}
        new: dict[str, Any] = {"pk": "p", "sk": "a", "new": True}
        options: Any = {"ConditionExpression": condition, "ExpressionAttributeValues": values}
        if not holds:
            with refused("ConditionalCheckFailedException"):
                table.put_item(Item=new, **options)
        else:
            table.put_item(Item=new, **options)
        assert ("new" in get(cloud, "a")) is holds
        table.put_item(Item={"pk": "p", "sk": "b"}, **options)


class TestQueries:
    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            (None, "a#1 a#2 a#3 b#1 c"),
            (Key("sk").begins_with("a#"), "a#1 a#2 a#3"),
            (Key("sk").between("a#2", "b#1"), "a#2 a#3 b#1"),
            (Key("sk").eq("a#2"), "a#2"),
            (Key("sk").eq("a"), ""),
            (Key("sk").lt("a#3"), "a#1 a#2"),
            (Key("sk").lte("a#3"), "a#1 a#2 a#3"),
            (Key("sk").gt("a#3"), "b#1 c"),
            (Key("sk").gte("a#3"), "a#3 b#1 c"),
        ],
    )
    def test_a_query_finds_sorted_keys_of_its_partition(
        self, cloud: Cloud, condition: Any, found: str
    ) -> None:
        for sort in ("c", "a#3", "b#1", "a#1", "a#2"):
            put(cloud, sort)
        clients.dynamodb().Table(cloud.jobs).put_item(Item={"pk": "q", "sk": "a#1"})
        whole = Key("pk").eq("p") & condition if condition else Key("pk").eq("p")
        for forward in (True, False):
            answer = (
                clients.dynamodb()
                .Table(cloud.jobs)
                .query(KeyConditionExpression=whole, ConsistentRead=True, ScanIndexForward=forward)
            )
            sorts = [str(item["sk"]) for item in answer["Items"]]
            assert sorts == (found.split() if forward else found.split()[::-1])
            assert "LastEvaluatedKey" not in answer

    def test_of_another_partition_nothing_is_found(self, cloud: Cloud) -> None:
        answer = clients.dynamodb().Table(cloud.jobs).query(KeyConditionExpression=Key("pk").eq("none"))
        assert (answer["Items"], answer["Count"]) == ([], 0)

    def test_only_some_attributes_are_read(self, cloud: Cloud) -> None:
        put(cloud, "a", n=1, size=2, body=b"x")
        put(cloud, "b", n=3)
        only: Any = {
            "ProjectionExpression": "#0, #1, sk",
            "ExpressionAttributeNames": {"#0": "n", "#1": "size"},
        }
        expected = [{"sk": "a", "n": 1, "size": 2}, {"sk": "b", "n": 3}]
        table = clients.dynamodb().Table(cloud.jobs)
        queried = table.query(KeyConditionExpression=Key("pk").eq("p"), **only)
        assert queried["Items"] == expected
        keys: Any = [{"pk": "p", "sk": sort} for sort in "abc"]
        asked: Any = {cloud.jobs: {"Keys": keys, **only}}
        read = clients.dynamodb().meta.client.batch_get_item(RequestItems=asked)
        assert sorted(read["Responses"][cloud.jobs], key=lambda item: str(item["sk"])) == expected

    @pytest.mark.parametrize("forward", [True, False])
    def test_pages_make_up_the_whole(self, cloud: Cloud, forward: bool) -> None:
        sorts = [f"{number:02}" for number in range(10)]
        for sort in sorts:
            put(cloud, sort)
        pages: list[list[str]] = []
        start: dict[str, Any] = {}
        while True:
            page = (
                clients.dynamodb()
                .Table(cloud.jobs)
                .query(
                    KeyConditionExpression=Key("pk").eq("p") & Key("sk").gt("00"),
                    Limit=4,
                    ScanIndexForward=forward,
                    **start,
                )
            )
            pages.append([str(item["sk"]) for item in page["Items"]])
            if "LastEvaluatedKey" not in page:
                break
            assert page["LastEvaluatedKey"] == {"pk": "p", "sk": pages[-1][-1]}
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        assert [len(page) for page in pages] == [4, 4, 1]
        assert [sort for page in pages for sort in page] == (sorts[1:] if forward else sorts[:0:-1])


class TestTransactions:
    def test_all_or_nothing(self, cloud: Cloud) -> None:
        put(cloud, "gone", n=1)
        put(cloud, "stays", n=1)
        delete = {"TableName": cloud.jobs, "Key": {"pk": "p", "sk": "gone"}}
        new = a_put(cloud, "new", "attribute_not_exists(pk)")
        with refused("TransactionCanceledException") as said:
            transact({"Delete": delete}, new, a_put(cloud, "stays", "attribute_not_exists(pk)", n=2))
        assert reasons(said) == ["None", "None", "ConditionalCheckFailed"]
        assert get(cloud, "gone")
        assert get(cloud, "new") is None
        transact({"Delete": delete}, new)
        assert get(cloud, "gone") is None
        assert get(cloud, "new")
        assert get(cloud, "stays")["n"] == 1

    @pytest.mark.parametrize(
        ("condition", "holds"),
        [
            ("#0 = :0", True),
            ("#0 = :1", False),
            ("#0 <> :1", True),
            ("#0 < :1", True),
            ("#0 <= :0", True),
            ("#0 > :0", False),
            ("#0 >= :0", True),
            ("#0 = :0 AND #1 = :text", True),
            ("#0 = :0 AND #1 = :0", False),
            ("#0 = :1 OR #1 = :text", True),
            ("(#0 = :1 OR #1 = :text) AND #0 = :0", True),
            ("NOT #0 = :1", True),
            ("attribute_exists(#0)", True),
            ("attribute_not_exists(#0)", False),
            ("attribute_not_exists(#missing) OR #missing <= :0", True),
            ("#missing = :0", False),
            ("#missing < :0", False),
            ("#none = :none", True),
            ("#yes = :yes", True),
            ("#yes = :no", False),
            ("begins_with(#1, :text)", True),
        ],
    )
    def test_conditions(self, cloud: Cloud, condition: str, holds: bool) -> None:
        put(cloud, "a", claims=3, status="running", nothing=None, flag=True)
        names = {"#0": "claims", "#1": "status", "#missing": "missing", "#none": "nothing", "#yes": "flag"}
        values = {"_0": 3, "_1": 4, "_text": "running", "_none": None, "_yes": True, "_no": False}
        words = set(condition.replace("(", " ").replace(")", " ").replace(",", " ").split())
        write = a_put(
            cloud,
            "a",
            condition,
            {name: value for name, value in names.items() if name in words},
            **{name: value for name, value in values.items() if f":{name[1:]}" in words},
            changed=True,
        )
        if holds:
            transact(write)
        else:
            with refused("TransactionCanceledException") as said:
                transact(write)
            assert reasons(said) == ["ConditionalCheckFailed"]
        assert ("changed" in get(cloud, "a")) is holds

    def test_no_condition_on_a_value_holds_where_nothing_is(self, cloud: Cloud) -> None:
        with refused("TransactionCanceledException"):
            transact(a_put(cloud, "none", "#0 = :0", {"#0": "claims"}, _0=0))

    def test_a_delete_has_conditions_too(self, cloud: Cloud) -> None:
        put(cloud, "a", claims=3)

        def delete(claims: int) -> Any:
            return {
                "Delete": {
                    "TableName": cloud.jobs,
                    "Key": {"pk": "p", "sk": "a"},
                    "ConditionExpression": "#0 = :0",
                    "ExpressionAttributeNames": {"#0": "claims"},
                    "ExpressionAttributeValues": {":0": claims},
                }
            }

        with refused("TransactionCanceledException"):
            transact(delete(2), a_put(cloud, "b"))
        assert get(cloud, "b") is None
        transact(delete(3), a_put(cloud, "b"))
        assert (get(cloud, "a"), get(cloud, "b")["sk"]) == (None, "b")

    def test_fields_are_set_under_a_condition_and_the_others_stay(self, cloud: Cloud) -> None:
        put(cloud, "a", count=1, name="kept")
        key = {"pk": "p", "sk": "a"}

        def changed(expected: dict[str, Any], *, sort: str = "a") -> None:
            transaction = Transaction()
            changes = {"count": 2, "role": "admin"}
            transaction.update(cloud.jobs, {**key, "sk": sort}, changes, expected=expected)
            transaction.put(cloud.jobs, {"pk": "p", "sk": "b"})
            transaction.commit()

        for expected in ({"count": 3}, {"count": None}, {"count": 1, "name": "other"}):
            with pytest.raises(LostRaceError):
                changed(expected)
        with pytest.raises(LostRaceError):
            changed({}, sort="none")
        assert (get(cloud, "a"), get(cloud, "b"), get(cloud, "none")) == (
            {**key, "count": 1, "name": "kept"}, None, None,
        )  # fmt: skip
        changed({"count": 1, "name": "kept", "role": None})
        assert get(cloud, "a") == {**key, "count": 2, "name": "kept", "role": "admin"}
        assert get(cloud, "b")

    def test_a_check_changes_nothing(self, cloud: Cloud) -> None:
        def check(condition: str) -> Any:
            operation = {"TableName": cloud.jobs, "Key": {"pk": "p", "sk": "a"}}
            return {"ConditionCheck": {**operation, "ConditionExpression": condition}}

        with refused("TransactionCanceledException") as said:
            transact(a_put(cloud, "b"), check("attribute_exists(pk)"))
        assert reasons(said) == ["None", "ConditionalCheckFailed"]
        transact(a_put(cloud, "b"), check("attribute_not_exists(pk)"))
        assert get(cloud, "a") is None

    def test_one_item_is_named_once(self, cloud: Cloud) -> None:
        with refused("ValidationException"):
            transact(a_put(cloud, "a"), a_put(cloud, "a", n=1))
        assert get(cloud, "a") is None

    def test_at_most_a_hundred_items(self, cloud: Cloud) -> None:
        with refused("ValidationException"):
            transact(*[a_put(cloud, f"{number:03}") for number in range(101)])
        assert get(cloud, "000") is None
        transact(*[a_put(cloud, f"{number:03}") for number in range(100)])
        assert get(cloud, "099")


class TestBatches:
    def test_items_are_written_and_deleted(self, cloud: Cloud) -> None:
        put(cloud, "gone")
        answer = clients.dynamodb().meta.client.batch_write_item(
            RequestItems={
                cloud.jobs: [
                    {"PutRequest": {"Item": {"pk": "p", "sk": "a", "body": b"\x00"}}},
                    {"DeleteRequest": {"Key": {"pk": "p", "sk": "gone"}}},
                ]
            }
        )
        assert answer["UnprocessedItems"] == {}
        assert bytes(get(cloud, "a")["body"]) == b"\x00"
        assert get(cloud, "gone") is None

    def test_items_are_read_in_any_order_and_missing_ones_left_out(self, cloud: Cloud) -> None:
        for sort in ("a", "b"):
            put(cloud, sort, n=1)
        keys: Any = [{"pk": "p", "sk": sort} for sort in ("b", "none", "a")]
        answer = clients.dynamodb().meta.client.batch_get_item(
            RequestItems={cloud.jobs: {"Keys": keys, "ConsistentRead": True}}
        )
        found = answer["Responses"][cloud.jobs]
        assert sorted(str(item["sk"]) for item in found) == ["a", "b"]
        assert found[0]["n"] == Decimal(1)
        assert answer["UnprocessedKeys"] == {}
        none = clients.dynamodb().meta.client.batch_get_item(RequestItems={cloud.jobs: {"Keys": keys[1:2]}})
        assert none["Responses"].get(cloud.jobs, []) == []
        for wrong in (keys[:1] * 2, [{"pk": "p", "sk": str(number)} for number in range(101)]):
            with refused("ValidationException"):
                clients.dynamodb().meta.client.batch_get_item(RequestItems={cloud.jobs: {"Keys": wrong}})

    def test_what_a_partition_has_below_a_prefix_is_deleted(self, cloud: Cloud) -> None:
        for number in range(130):
            put(cloud, f"a#{number:03}")
        put(cloud, "b#1")
        delete_items(cloud.jobs, "p", "a#")
        assert (get(cloud, "a#000"), get(cloud, "a#129"), bool(get(cloud, "b#1"))) == (None, None, True)
        delete_items(cloud.jobs, "p")
        delete_items(cloud.jobs, "p")
        assert get(cloud, "b#1") is None


def read(cloud: Cloud, name: str, **options: Any) -> bytes:
    return clients.s3().get_object(Bucket=cloud.bucket, Key=name, **options)["Body"].read()


class TestFiles:
    def test_what_is_put_is_there(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        s3.put_object(Bucket=cloud.bucket, Key="a/b", Body=b"old")
        etag = s3.put_object(Bucket=cloud.bucket, Key="a/b", Body=b"0123456789")["ETag"]
        head = s3.head_object(Bucket=cloud.bucket, Key="a/b")
        assert (head["ContentLength"], head["ETag"]) == (10, etag)
        body = s3.get_object(Bucket=cloud.bucket, Key="a/b")["Body"]
        with body:
            assert list(body.iter_chunks(4)) == [b"0123", b"4567", b"89"]

    @pytest.mark.parametrize(
        ("wanted", "part"),
        [("bytes=2-4", b"234"), ("bytes=7-", b"789"), ("bytes=-2", b"89"), ("bytes=8-99", b"89")],
    )
    def test_a_range_is_read(self, cloud: Cloud, wanted: str, part: bytes) -> None:
        clients.s3().put_object(Bucket=cloud.bucket, Key="a", Body=b"0123456789")
        answer = clients.s3().get_object(Bucket=cloud.bucket, Key="a", Range=wanted)
        assert (answer["Body"].read(), answer["ContentLength"]) == (part, len(part))
        assert answer["ContentRange"].endswith("/10")

    def test_a_range_beyond_the_end_is_refused(self, cloud: Cloud) -> None:
        clients.s3().put_object(Bucket=cloud.bucket, Key="a", Body=b"0123456789")
        with refused("InvalidRange"):
            read(cloud, "a", Range="bytes=10-")

    def test_what_is_missing_has_the_known_codes(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        with refused("NoSuchKey"):
            s3.get_object(Bucket=cloud.bucket, Key="a")
        with refused("404"):
            s3.head_object(Bucket=cloud.bucket, Key="a")
        with refused("404"):
            s3.head_bucket(Bucket="nowhere")
        with refused("NoSuchBucket"):
            s3.get_object(Bucket="nowhere", Key="a")
        with refused("NoSuchKey"):
            s3.copy_object(Bucket=cloud.bucket, Key="b", CopySource={"Bucket": cloud.bucket, "Key": "a"})
        with refused("404"):
            s3.copy({"Bucket": cloud.bucket, "Key": "a"}, cloud.bucket, "b")
        s3.head_bucket(Bucket=cloud.bucket)

    def test_a_copy_is_its_own(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        s3.put_object(Bucket=cloud.bucket, Key="a", Body=b"first")
        s3.copy_object(Bucket=cloud.bucket, Key="b", CopySource={"Bucket": cloud.bucket, "Key": "a"})
        s3.copy({"Bucket": cloud.bucket, "Key": "a"}, cloud.bucket, "c")
        s3.put_object(Bucket=cloud.bucket, Key="a", Body=b"second")
        assert (read(cloud, "b"), read(cloud, "c")) == (b"first", b"first")

    def test_deleting_and_listing(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        for name in ("x/1", "x/2", "x/3", "y"):
            s3.put_object(Bucket=cloud.bucket, Key=name, Body=b"12")
        first = s3.list_objects_v2(Bucket=cloud.bucket, Prefix="x/", MaxKeys=2)
        assert [(entry["Key"], entry["Size"]) for entry in first["Contents"]] == [("x/1", 2), ("x/2", 2)]
        rest = s3.list_objects_v2(
            Bucket=cloud.bucket, Prefix="x/", ContinuationToken=first["NextContinuationToken"]
        )
        assert ([entry["Key"] for entry in rest["Contents"]], rest["IsTruncated"]) == (["x/3"], False)
        s3.delete_object(Bucket=cloud.bucket, Key="x/1")
        s3.delete_object(Bucket=cloud.bucket, Key="x/1")
        s3.delete_objects(Bucket=cloud.bucket, Delete={"Objects": [{"Key": "x/2"}, {"Key": "x/3"}]})
        assert "Contents" not in s3.list_objects_v2(Bucket=cloud.bucket, Prefix="x/")

    def test_a_listing_goes_on_behind_a_name_also_one_that_is_gone(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        for name in ("x/1", "x/2", "x/3"):
            s3.put_object(Bucket=cloud.bucket, Key=name, Body=b"12")
        quiet: Any = {"Objects": [{"Key": "x/2"}, {"Key": "x/none"}], "Quiet": True}
        assert not s3.delete_objects(Bucket=cloud.bucket, Delete=quiet).get("Errors")
        rest = s3.list_objects_v2(Bucket=cloud.bucket, Prefix="x/", StartAfter="x/2")
        assert ([entry["Key"] for entry in rest["Contents"]], rest["IsTruncated"]) == (["x/3"], False)

    def test_all_that_begins_so_is_listed_and_deleted_however_many(self, cloud: Cloud) -> None:
        files = FileStore(cloud.bucket)
        names = [f"x/{number:04}" for number in range(1100)]
        for name in (*names, "y"):
            files.write(name, b"")
        assert list(files.under("x/")) == names
        files.delete_under("x/")
        files.delete_under("x/")
        assert list(files.under("")) == ["y"]

    def test_a_file_in_parts_is_there_when_complete(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        where: Any = {"Bucket": cloud.bucket, "Key": "large"}
        s3.put_object(Bucket=cloud.bucket, Key="source", Body=b"s" * 6 * MEBIBYTE)
        upload: Any = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
        first = s3.upload_part(**upload, PartNumber=1, Body=b"a" * 5 * MEBIBYTE)["ETag"]
        source: Any = {"Bucket": cloud.bucket, "Key": "source"}
        copied = s3.upload_part_copy(
            **upload, PartNumber=2, CopySource=source, CopySourceRange=f"bytes=0-{5 * MEBIBYTE - 1}"
        )["CopyPartResult"]["ETag"]
        last = s3.upload_part(**upload, PartNumber=3, Body=b"b")["ETag"]
        with refused("NoSuchKey"):
            read(cloud, "large")
        parts: Any = [
            {"PartNumber": n, "ETag": etag} for n, etag in enumerate((first, copied, last), start=1)
        ]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert read(cloud, "large") == b"a" * 5 * MEBIBYTE + b"s" * 5 * MEBIBYTE + b"b"

    def test_small_parts_are_refused(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        where: Any = {"Bucket": cloud.bucket, "Key": "large"}
        upload: Any = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
        etags = [s3.upload_part(**upload, PartNumber=n, Body=b"small")["ETag"] for n in (1, 2)]
        parts: Any = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, start=1)]
        with refused("EntityTooSmall"):
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        s3.abort_multipart_upload(**upload)
        with refused("404"):
            s3.head_object(**where)

    @pytest.mark.parametrize("size", [0, 5, 8 * MEBIBYTE, 17 * MEBIBYTE + 1])
    def test_a_stream_is_uploaded_whatever_its_length(self, cloud: Cloud, size: int) -> None:
        data = bytes(size)
        clients.s3().upload_fileobj(io.BytesIO(data), cloud.bucket, "stream")
        assert read(cloud, "stream") == data

    def test_a_stream_that_breaks_off_leaves_no_file(self, cloud: Cloud) -> None:
        class Breaking(io.RawIOBase):
            pieces = iter([bytes(8 * MEBIBYTE), bytes(8 * MEBIBYTE)])

            def readable(self) -> bool:
                return True

            def read(self, _size: int = -1, /) -> bytes:
                try:
                    return next(self.pieces)
                except StopIteration:
                    raise ValueError("The source broke off.") from None

        with pytest.raises(ValueError, match="broke off"):
            clients.s3().upload_fileobj(cast(Any, Breaking()), cloud.bucket, "stream", Config=IN_TURN)
        with refused("404"):
            clients.s3().head_object(Bucket=cloud.bucket, Key="stream")

    def test_addresses_are_signed_without_a_request(self, cloud: Cloud) -> None:
        address = clients.s3().generate_presigned_url(
            "get_object", Params={"Bucket": cloud.bucket, "Key": "a/b.json"}, ExpiresIn=60
        )
        assert "/a/b.json?" in address
        assert "Signature=" in address


def send(cloud: Cloud, *bodies: str, **options: Any) -> dict[str, Any]:
    entries: Any = [{"Id": str(number), "MessageBody": body, **options} for number, body in enumerate(bodies)]
    answer: Any = clients.sqs().send_message_batch(QueueUrl=cloud.queue, Entries=entries)
    return dict(answer)


def receive(cloud: Cloud, count: int = 10, queue: str | None = None, **options: Any) -> list[Any]:
    answer = clients.sqs().receive_message(
        QueueUrl=queue or cloud.queue,
        MaxNumberOfMessages=count,
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
        **options,
    )
    return list(answer.get("Messages", []))


def attributes(url: str) -> Mapping[str, str]:
    answer = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return {str(name): value for name, value in answer["Attributes"].items()}


class TestQueues:
    def test_a_received_message_is_hidden_until_its_visibility_ends(self, cloud: Cloud) -> None:
        assert [entry["Id"] for entry in send(cloud, "a", "b")["Successful"]] == ["0", "1"]
        assert sorted(message["Body"] for message in receive(cloud)) == ["a", "b"]
        assert receive(cloud) == []
        cloud.pass_time(int(attributes(cloud.queue)["VisibilityTimeout"]) + 1)
        again = receive(cloud)
        assert [message["Attributes"]["ApproximateReceiveCount"] for message in again] == ["2", "2"]

    def test_a_deleted_message_never_comes_again(self, cloud: Cloud) -> None:
        send(cloud, "a", "b", "c")
        one, *others = receive(cloud)
        clients.sqs().delete_message(QueueUrl=cloud.queue, ReceiptHandle=one["ReceiptHandle"])
        entries: Any = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in others]
        answer = clients.sqs().delete_message_batch(QueueUrl=cloud.queue, Entries=entries)
        assert (len(answer["Successful"]), answer.get("Failed", [])) == (2, [])
        cloud.pass_time(100_000)
        assert receive(cloud) == []

    def test_visibility_can_be_chosen_and_changed(self, cloud: Cloud) -> None:
        send(cloud, "a")
        (message,) = receive(cloud, VisibilityTimeout=10)
        handle: Any = {"QueueUrl": cloud.queue, "ReceiptHandle": message["ReceiptHandle"]}
        clients.sqs().change_message_visibility(**handle, VisibilityTimeout=30)
        cloud.pass_time(20)
        assert receive(cloud) == []
        cloud.pass_time(11)
        (message,) = receive(cloud, VisibilityTimeout=10)
        handle["ReceiptHandle"] = message["ReceiptHandle"]
        clients.sqs().change_message_visibility(**handle, VisibilityTimeout=0)
        cloud.pass_time(0.01)
        assert len(receive(cloud)) == 1

    def test_an_unknown_receipt_holds_nothing(self, cloud: Cloud) -> None:
        with refused("ReceiptHandleIsInvalid"):
            clients.sqs().change_message_visibility(
                QueueUrl=cloud.queue, ReceiptHandle="none", VisibilityTimeout=10
            )

    def test_a_delayed_message_comes_later(self, cloud: Cloud) -> None:
        send(cloud, "late", DelaySeconds=60)
        assert receive(cloud) == []
        assert attributes(cloud.queue)["ApproximateNumberOfMessagesDelayed"] == "1"
        cloud.pass_time(61)
        assert [message["Body"] for message in receive(cloud)] == ["late"]

    def test_received_too_often_it_becomes_a_dead_letter(self, cloud: Cloud) -> None:
        policy = json.loads(attributes(cloud.queue)["RedrivePolicy"])
        send(cloud, "a")
        for _ in range(int(policy["maxReceiveCount"])):
            assert len(receive(cloud, VisibilityTimeout=1)) == 1
            cloud.pass_time(2)
        assert receive(cloud) == []
        letters = cloud.names["PERCH_INTERVIEWS_DEAD_LETTERS"]
        assert attributes(letters)["QueueArn"] == policy["deadLetterTargetArn"]
        assert [message["Body"] for message in receive(cloud, queue=letters)] == ["a"]
        cloud.pass_time(100_000)
        assert receive(cloud) == []

    def test_batches_have_one_to_ten_messages_of_different_ids(self, cloud: Cloud) -> None:
        with refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest"):
            send(cloud, *"abcdefghijk")
        with refused("AWS.SimpleQueueService.EmptyBatchRequest"):
            send(cloud)
        with refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"):
            clients.sqs().send_message_batch(
                QueueUrl=cloud.queue, Entries=[{"Id": "0", "MessageBody": "a"}] * 2
            )
        assert receive(cloud) == []
        send(cloud, *"abcdefghij")
        assert len(receive(cloud)) == 10

    def test_attributes_count_what_waits_and_what_is_out(self, cloud: Cloud) -> None:
        send(cloud, "a", "b", "c")
        receive(cloud, 1)
        told = attributes(cloud.queue)
        assert told["ApproximateNumberOfMessages"] == "2"
        assert told["ApproximateNumberOfMessagesNotVisible"] == "1"
        name = told["QueueArn"].rpartition(":")[2]
        assert clients.sqs().get_queue_url(QueueName=name)["QueueUrl"] == cloud.queue
        only = clients.sqs().get_queue_attributes(QueueUrl=cloud.queue, AttributeNames=["QueueArn"])
        assert set(only["Attributes"]) == {"QueueArn"}

    def test_an_unknown_queue_is_told(self, cloud: Cloud) -> None:
        for ask in (
            lambda: clients.sqs().get_queue_url(QueueName="nowhere"),
            lambda: clients.sqs().receive_message(QueueUrl=cloud.queue + "-nowhere"),
        ):
            with refused("AWS.SimpleQueueService.NonExistentQueue"):
                ask()


class TestRoles:
    ROLE = "arn:aws:iam::123456789012:role/for-bedrock"

    def test_a_role_is_assumed_for_a_while(self, cloud: Cloud) -> None:
        asked = {"RoleArn": self.ROLE, "RoleSessionName": "perch-test", "DurationSeconds": 3600}
        first, second = clients.sts().assume_role(**asked), clients.sts().assume_role(**asked)
        given = first["Credentials"]
        assert given["AccessKeyId"].startswith("ASIA")
        assert given["SecretAccessKey"]
        assert given["SessionToken"]
        assert given["Expiration"].timestamp() == pytest.approx(cloud.now + 3600, abs=60)
        arn = first["AssumedRoleUser"]["Arn"]
        assert arn == "arn:aws:sts::123456789012:assumed-role/for-bedrock/perch-test"
        assert second["Credentials"]["AccessKeyId"] != given["AccessKeyId"]


class TestKeys:
    ADA: Mapping[str, str] = {"account": "ada"}

    def made(self, cloud: Cloud) -> Any:
        return clients.kms().generate_data_key(
            KeyId=cloud.names["PERCH_VAULT_KEY"], KeySpec="AES_256", EncryptionContext=self.ADA
        )

    def decrypted(self, cloud: Cloud, blob: bytes, context: Mapping[str, str]) -> bytes:
        name = cloud.names["PERCH_VAULT_KEY"]
        answer = clients.kms().decrypt(KeyId=name, CiphertextBlob=blob, EncryptionContext=context)
        return answer["Plaintext"]

    def test_each_data_key_is_another_one_and_is_decrypted_again(self, cloud: Cloud) -> None:
        first, second = self.made(cloud), self.made(cloud)
        assert len(first["Plaintext"]) == 32
        assert first["Plaintext"] != second["Plaintext"]
        assert first["Plaintext"] not in first["CiphertextBlob"]
        assert self.decrypted(cloud, first["CiphertextBlob"], self.ADA) == first["Plaintext"]
        assert self.decrypted(cloud, second["CiphertextBlob"], self.ADA) == second["Plaintext"]

    def test_in_another_context_it_is_not(self, cloud: Cloud) -> None:
        blob = self.made(cloud)["CiphertextBlob"]
        for context in ({"account": "eve"}, {}, {**self.ADA, "more": "x"}):
            with refused("InvalidCiphertextException"):
                self.decrypted(cloud, blob, context)
        with refused("InvalidCiphertextException", "AccessDeniedException"):
            self.decrypted(cloud, b"x" * 100, self.ADA)

    @pytest.mark.usefixtures("cloud")
    def test_an_unknown_key_is_told(self) -> None:
        with refused("NotFoundException"):
            clients.kms().generate_data_key(
                KeyId="alias/nobody", KeySpec="AES_256", EncryptionContext=self.ADA
            )


class TestSecrets:
    def test_each_change_of_a_secret_is_another_version(self, cloud: Cloud) -> None:
        secrets, name = clients.secretsmanager(), cloud.names["PERCH_SERVICES_SECRET"]

        def version() -> str:
            return secrets.get_secret_value(SecretId=name)["VersionId"]

        before = version()
        assert version() == before
        secrets.put_secret_value(SecretId=name, SecretString="[]")
        assert version() != before

    def test_a_secret_is_made_changed_and_read(self, cloud: Cloud) -> None:
        secrets, name = clients.secretsmanager(), cloud.names["PERCH_SERVICES_SECRET"]
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "{}"
        secrets.put_secret_value(SecretId=name, SecretString="[]")
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "[]"
        with refused("ResourceExistsException"):
            secrets.create_secret(Name=name, SecretString="x")
        secrets.create_secret(Name="other", SecretString="x")
        assert secrets.get_secret_value(SecretId="other")["SecretString"] == "x"
        ask: Callable[..., Any]
        for ask in (
            lambda: secrets.get_secret_value(SecretId="none"),
            lambda: secrets.put_secret_value(SecretId="none", SecretString="x"),
        ):
            with refused("ResourceNotFoundException"):
                ask()


@pytest.mark.parametrize("cloud", ["fake"], indirect=True)
class TestWhereMotoIsLax:
    """Refused by AWS (its API reference), but not, or not in these words, by moto."""

    def test_every_placeholder_is_used_and_known(self, cloud: Cloud) -> None:
        with refused("ValidationException"):
            transact(a_put(cloud, "a", "#0 = :0", {"#0": "claims"}, _0=0, _1=1))
        with refused("ValidationException"):
            transact(a_put(cloud, "a", "#0 = :0", {"#0": "claims"}))

    def test_values_of_different_types_are_neither_the_same_nor_in_order(self, cloud: Cloud) -> None:
        put(cloud, "a", claims=3, flag=True)
        for condition, name, value in (("#0 = :0", "flag", 1), ("#0 < :0", "claims", "running")):
            with refused("TransactionCanceledException") as said:
                transact(a_put(cloud, "a", condition, {"#0": name}, _0=value))
            assert reasons(said) == ["ConditionalCheckFailed"]

    def test_reserved_words_stand_behind_placeholders(self, cloud: Cloud) -> None:
        with refused("ValidationException"):
            transact(a_put(cloud, "a", "status = :0", _0="running"))

    def test_a_batch_has_at_most_25_items_and_none_twice(self, cloud: Cloud) -> None:
        def write(*sorts: str) -> None:
            puts: Any = [{"PutRequest": {"Item": {"pk": "p", "sk": sort}}} for sort in sorts]
            clients.dynamodb().meta.client.batch_write_item(RequestItems={cloud.jobs: puts})

        with refused("ValidationException"):
            write(*[f"{number:03}" for number in range(26)])
        with refused("ValidationException"):
            write("a", "a")
        assert get(cloud, "000") is get(cloud, "a") is None
        write(*[f"{number:03}" for number in range(25)])
        assert get(cloud, "024")

    def test_an_ended_upload_takes_nothing_more(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        where: Any = {"Bucket": cloud.bucket, "Key": "large"}
        upload: Any = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
        etag = s3.upload_part(**upload, PartNumber=1, Body=b"a")["ETag"]
        s3.abort_multipart_upload(**upload)
        with refused("NoSuchUpload"):
            s3.upload_part(**upload, PartNumber=2, Body=b"late")
        with refused("NoSuchUpload"):
            parts: Any = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
            s3.complete_multipart_upload(**upload, MultipartUpload=parts)

    def test_what_is_no_longer_held_cannot_be_held_longer(self, cloud: Cloud) -> None:
        send(cloud, "a")
        (message,) = receive(cloud, VisibilityTimeout=10)
        cloud.pass_time(11)
        with refused("AWS.SimpleQueueService.MessageNotInflight"):
            clients.sqs().change_message_visibility(
                QueueUrl=cloud.queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=10
            )

    def test_an_old_receipt_deletes_nothing(self, cloud: Cloud) -> None:
        send(cloud, "a")
        (old,) = receive(cloud, VisibilityTimeout=10)
        cloud.pass_time(11)
        (new,) = receive(cloud, VisibilityTimeout=10)
        clients.sqs().delete_message(QueueUrl=cloud.queue, ReceiptHandle=old["ReceiptHandle"])
        cloud.pass_time(11)
        assert [message["MessageId"] for message in receive(cloud)] == [new["MessageId"]]

    def test_no_message_is_delayed_for_longer_than_a_quarter_of_an_hour(self, cloud: Cloud) -> None:
        with refused("InvalidParameterValue"):
            send(cloud, "a", DelaySeconds=901)


def test_the_fake_has_exactly_what_the_template_makes() -> None:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "test")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        made = create_resources()
        queues = {url: attributes(url) for name, url in made.items() if url.startswith("https://sqs")}
    fake = make_aws(lambda: 0)
    assert fake.environment == made
    with standing_in(fake):
        for url, real in queues.items():
            told = attributes(url)
            for name in ("QueueArn", "VisibilityTimeout", "DelaySeconds", "MessageRetentionPeriod"):
                assert told[name] == real[name]
            assert json.loads(told.get("RedrivePolicy", "null")) == json.loads(
                real.get("RedrivePolicy", "null")
            )


def test_of_many_new_items_those_are_written_that_were_not_there(cloud: Cloud) -> None:
    put(cloud, "1", body=b"old")
    items = [{"pk": "p", "sk": str(number), "body": b"new", "count": number} for number in range(60)]
    assert insert_items(cloud.jobs, items) == [number != 1 for number in range(60)]
    assert bytes(get(cloud, "1")["body"]) == b"old"
    assert (bytes(get(cloud, "59")["body"]), get(cloud, "59")["count"]) == (b"new", 59)
    assert insert_items(cloud.jobs, items[:2]) == [False, False]
    assert insert_items(cloud.jobs, []) == []
