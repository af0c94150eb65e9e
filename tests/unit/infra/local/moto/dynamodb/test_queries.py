"""Reads of the mended local AWS: what moto itself answers, in time for thousands of items."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.unit.infra.local.moto.test_mends import client
from tests.unit.infra.local.servers import moto_server

KINDS = ("S", "N", "B", "")
"""Of the sort key; the last table has none."""
TEXT = st.text(max_size=6)
NUMBERS = st.integers(-50, 50).map(str) | st.decimals(-9, 9, places=2).map(str)
LARGEST = 10**38 - 1
"""A number of DynamoDB's has 38 digits at the most; at one of more moto itself ends with 500."""
BYTES = st.binary(min_size=1, max_size=4)
SCALARS = (
    st.builds(lambda value: {"S": value}, TEXT)
    | st.builds(lambda value: {"N": value}, NUMBERS)
    | st.builds(lambda value: {"B": value}, BYTES)
    | st.builds(lambda value: {"BOOL": value}, st.booleans())
    | st.just({"NULL": True})
    | st.builds(lambda value: {"SS": value}, st.lists(TEXT.filter(bool), min_size=1, max_size=3, unique=True))
    | st.builds(
        lambda value: {"NS": value},
        st.lists(st.integers(-LARGEST, LARGEST).map(str), min_size=1, unique=True),
    )
    | st.builds(lambda value: {"BS": value}, st.lists(BYTES, min_size=1, max_size=3, unique=True))
)
VALUES: Any = st.recursive(
    SCALARS,
    lambda inner: (
        st.builds(lambda value: {"L": value}, st.lists(inner, max_size=3))
        | st.builds(lambda value: {"M": value}, st.dictionaries(TEXT.filter(bool), inner, max_size=3))
    ),
    max_leaves=5,
)
SORTS: dict[str, Any] = {
    "S": st.builds(lambda value: {"S": value}, st.text("abcé", min_size=1, max_size=3)),
    "N": st.builds(lambda value: {"N": value}, NUMBERS),
    "B": st.builds(lambda value: {"B": value}, BYTES),
    "": st.none(),
}
ATTRIBUTES = st.dictionaries(st.sampled_from(["a", "b", "size"]), VALUES)
PROJECTIONS = st.sampled_from(["", "", "#0", "#0, sk", "#0, #1, #2", "#0.#1", "#0[1]"])
numbers = itertools.count()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """Give clients of a mended local AWS and of one without mends, each with a table a kind of sort key."""
    with (
        moto_server(tmp_path_factory.mktemp("mended")) as mended,
        moto_server(tmp_path_factory.mktemp("plain"), "--without-mends") as plain,
    ):
        clients = [client(address, "dynamodb") for address in (mended, plain)]
        for dynamodb, kind in itertools.product(clients, KINDS):
            keys = [("pk", "HASH", "S")] + ([("sk", "RANGE", kind)] if kind else [])
            dynamodb.create_table(
                TableName=f"things{kind}",
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": type_} for name, _, type_ in keys
                ],
                KeySchema=[{"AttributeName": name, "KeyType": role} for name, role, _ in keys],
                BillingMode="PAY_PER_REQUEST",
            )
        yield clients


def said(dynamodb: Any, operation: str, **asked: Any) -> Any:
    """Return an answer, or the error's code, with sets in order."""
    try:
        answer = getattr(dynamodb, operation)(**asked)
    except ClientError as error:
        return error.response["Error"]["Code"]
    del answer["ResponseMetadata"]
    return ordered(answer)


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: sorted(inner) if name in {"SS", "NS", "BS"} else ordered(inner)
            for name, inner in value.items()
        }
    return [ordered(inner) for inner in value] if isinstance(value, list) else value


@st.composite
def queries(draw: Any, kind: str, pk: str, sorts: list[Any]) -> dict[str, Any]:
    condition, values = "pk = :pk", {":pk": {"S": pk}}
    form = (
        draw(st.sampled_from(["", "", "sk {} :a", "sk BETWEEN :a AND :b", "begins_with(sk, :a)"]))
        if kind
        else ""
    )
    if form:
        near = SORTS[kind] | st.sampled_from(sorts) if sorts else SORTS[kind]
        condition += " AND " + form.format(draw(st.sampled_from(["=", "<", "<=", ">", ">="])))
        values[":a"] = draw(near)
        if ":b" in form:
            values[":b"] = draw(near)
    asked: dict[str, Any] = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
    asked["ScanIndexForward"] = draw(st.booleans())
    if draw(st.booleans()):
        asked["Limit"] = draw(st.integers(1, 4))
    if sorts and kind and draw(st.booleans()):
        asked["ExclusiveStartKey"] = {"pk": {"S": pk}, "sk": draw(st.sampled_from(sorts) | SORTS[kind])}
    if draw(st.booleans()) and draw(st.booleans()):
        asked["FilterExpression"] = "attribute_exists(a)"
    if draw(st.booleans()) and draw(st.booleans()):
        asked["Select"] = "COUNT"
        return asked
    return {**asked, **projection(draw(PROJECTIONS))}


def projection(expression: str) -> dict[str, Any]:
    names = {
        f"#{number}": name for number, name in enumerate(["a", "b", "size"]) if f"#{number}" in expression
    }
    return {"ProjectionExpression": expression, "ExpressionAttributeNames": names} if expression else {}


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=15,
    deadline=None,
    # Each example asks two servers a score of times: to look for a smaller one takes minutes.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_reads_answer_as_without_mends(both: list[Any], kind: str, data: st.DataObject) -> None:
    pk, table = f"p{next(numbers)}", f"things{kind}"
    sorts = data.draw(st.lists(SORTS[kind], max_size=8))
    for sort in sorts:
        attributes = data.draw(ATTRIBUTES)
        item = {"pk": {"S": pk}, **attributes, **({"sk": sort} if sort else {})}
        for dynamodb in both:
            dynamodb.put_item(TableName=table, Item=item)
        key = {name: item[name] for name in ("pk", "sk") if name in item}
        shown = projection(data.draw(PROJECTIONS))
        for operation, asked in (
            ("get_item", {"TableName": table, "Key": key, **shown}),
            ("batch_get_item", {"RequestItems": {table: {"Keys": [key], **shown}}}),
        ):
            mended, plain = (said(dynamodb, operation, **asked) for dynamodb in both)
            assert mended == plain
    for _ in range(4):
        asked = data.draw(queries(kind, pk, sorts))
        mended, plain = (said(dynamodb, "query", TableName=table, **asked) for dynamodb in both)
        assert mended == plain


def key(sort: object, kind: str = "S", pk: str = "many") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {kind: sort}}


BATCHES: dict[str, dict[str, Any]] = {
    "a hundred, of which half are there": {"thingsS": {"Keys": [key(str(n)) for n in range(100)]}},
    "of two tables": {"thingsS": {"Keys": [key("1")]}, "thingsN": {"Keys": [key("1", "N"), key("2", "N")]}},
    "numbers that are written in several ways": {"thingsN": {"Keys": [key("1.0", "N"), key("1", "N")]}},
    "with what is asked of each": {"thingsS": {"Keys": [key("1")], **projection("#0, sk")}},
    "in the old way": {"thingsS": {"Keys": [key("1")], "AttributesToGet": ["a"]}},
    "twice the same": {"thingsS": {"Keys": [key("1"), key("2"), dict(reversed(key("1").items()))]}},
    "too many": {"thingsS": {"Keys": [key(str(n)) for n in range(101)]}},
    "of no such table": {"elsewhere": {"Keys": [key("1")]}},
    "half a key": {"thingsS": {"Keys": [{"pk": {"S": "many"}}]}},
    "a key of another type": {"thingsS": {"Keys": [key("1", "N")]}},
    "a key that is no value of one": {"thingsS": {"Keys": [key(True, "BOOL")]}},
    "bytes": {"thingsB": {"Keys": [key(b"1", "B"), key(b"2", "B")]}},
    "bytes, twice the same": {"thingsB": {"Keys": [key(b"1", "B"), key(b"1", "B")]}},
    "of a name that nothing needs": {
        "thingsS": {"Keys": [key("1")], "ExpressionAttributeNames": {"#x": "a"}}
    },
}


@pytest.fixture(scope="module")
def with_many(both: list[Any]) -> list[Any]:
    """Give both with fifty items in the tables that have a sort key: the even numbers below a hundred."""
    for dynamodb, number in itertools.product(both, range(0, 100, 2)):
        for kind in ("S", "N", "B"):
            held: Any = str(number).encode() if kind == "B" else str(number)
            dynamodb.put_item(TableName=f"things{kind}", Item={**key(held, kind), "a": {"S": "x"}})
    return both


@pytest.mark.parametrize("name", BATCHES)
def test_many_are_read_at_once_as_without_mends(with_many: list[Any], name: str) -> None:
    mended, plain = (said(dynamodb, "batch_get_item", RequestItems=BATCHES[name]) for dynamodb in with_many)
    assert mended == plain


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("more", [{}, projection("#2"), {"Limit": 3}])
def test_pages_end_where_they_do_without_mends(both: list[Any], forward: bool, more: dict[str, Any]) -> None:
    pk = f"pages{next(numbers)}"
    for number in range(9):
        item = {"pk": {"S": pk}, "sk": {"S": str(number)}, "a": {"S": "x" * 300_000}, "b": {"B": b"\xff" * 3}}
        for dynamodb in both:
            dynamodb.put_item(TableName="thingsS", Item=item)
    pages = []
    for dynamodb in both:
        asked: dict[str, Any] = {"TableName": "thingsS", "ScanIndexForward": forward, **more}
        asked["KeyConditionExpression"] = "pk = :pk"
        asked["ExpressionAttributeValues"] = {":pk": {"S": pk}}
        answers = [said(dynamodb, "query", **asked)]
        while "LastEvaluatedKey" in answers[-1]:
            asked["ExclusiveStartKey"] = answers[-1]["LastEvaluatedKey"]
            answers.append(said(dynamodb, "query", **asked))
        pages.append(answers)
    assert pages[0] == pages[1]
    assert len(pages[0]) == 3


def test_too_large_an_item_is_refused_as_without_mends(both: list[Any]) -> None:
    for length in (404_000, 404_990, 404_998, 405_500, 500_000):
        item = {
            "pk": {"S": f"l{length}"},
            "sk": {"S": "a"},
            "a": {"S": "x" * (length - 500)},
            "b": {"S": "é" * 240},
        }
        mended, plain = (said(one, "put_item", TableName="thingsS", Item=item) for one in both)
        assert mended == plain
