"""What Perch expects of DynamoDB, asked of moto and of the fake that stands in for it."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key

from chalicelib.storage.aws import clients
from chalicelib.storage.aws.inserting import insert_items
from chalicelib.storage.aws.tables import delete_items
from chalicelib.storage.aws.transaction import LostRaceError, Transaction
from tests.contract.aws.cloud import Cloud, a_put, cloud, get, put, reasons, refused, transact

__all__ = ["cloud"]


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
        keys = [{"pk": {"S": "p"}, "sk": {"S": sort}} for sort in "abc"]
        asked: Any = {cloud.jobs: {"Keys": keys, **only}}
        read = clients.plain_dynamodb().batch_get_item(RequestItems=asked)["Responses"][cloud.jobs]
        assert sorted(read, key=lambda item: item["sk"]["S"]) == [
            {"sk": {"S": "a"}, "n": {"N": "1"}, "size": {"N": "2"}},
            {"sk": {"S": "b"}, "n": {"N": "3"}},
        ]

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
        keys = [{"pk": {"S": "p"}, "sk": {"S": sort}} for sort in ("b", "none", "a")]
        client = clients.plain_dynamodb()
        answer = client.batch_get_item(RequestItems={cloud.jobs: {"Keys": keys, "ConsistentRead": True}})
        found = answer["Responses"][cloud.jobs]
        assert sorted(item["sk"]["S"] for item in found) == ["a", "b"]
        assert found[0]["n"] == {"N": "1"}
        assert answer["UnprocessedKeys"] == {}
        none = client.batch_get_item(RequestItems={cloud.jobs: {"Keys": keys[1:2]}})
        assert none["Responses"].get(cloud.jobs, []) == []
        many = [{"pk": {"S": "p"}, "sk": {"S": str(number)}} for number in range(101)]
        for wrong in (keys[:1] * 2, many):
            with refused("ValidationException"):
                client.batch_get_item(RequestItems={cloud.jobs: {"Keys": wrong}})

    def test_what_a_partition_has_below_a_prefix_is_deleted(self, cloud: Cloud) -> None:
        for number in range(130):
            put(cloud, f"a#{number:03}")
        put(cloud, "b#1")
        delete_items(cloud.jobs, "p", "a#")
        assert (get(cloud, "a#000"), get(cloud, "a#129"), bool(get(cloud, "b#1"))) == (None, None, True)
        delete_items(cloud.jobs, "p")
        delete_items(cloud.jobs, "p")
        assert get(cloud, "b#1") is None


def test_of_many_new_items_those_are_written_that_were_not_there(cloud: Cloud) -> None:
    put(cloud, "1", body=b"old")
    items: list[dict[str, str | int | bytes]] = [
        {"pk": "p", "sk": str(number), "body": b"new", "count": number} for number in range(60)
    ]
    assert insert_items(cloud.jobs, items) == [number != 1 for number in range(60)]
    assert bytes(get(cloud, "1")["body"]) == b"old"
    assert (bytes(get(cloud, "59")["body"]), get(cloud, "59")["count"]) == (b"new", 59)
    assert insert_items(cloud.jobs, items[:2]) == [False, False]
    assert insert_items(cloud.jobs, []) == []
