"""DynamoDB's units, against AWS's own rules and examples."""

import pytest

from infra.bench.meters.capacity import item_bytes, read_units, write_units


@pytest.mark.parametrize(
    ("attribute", "size"),
    [
        ({"S": "grün"}, 5),
        ({"N": "0"}, 2),
        ({"N": "-1234.5"}, 4),
        ({"BOOL": True}, 1),
        ({"B": "YWJjZA=="}, 4),
        ({"NULL": True}, 1),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 3 + (1 + 2) + (1 + 1)),
        ({"M": {"name": {"S": "ab"}}}, 3 + 1 + 4 + 2),
        ({"SS": ["ab", "cde"]}, 5),
    ],
)
def test_values_have_the_size_that_aws_counts(attribute, size):
    assert item_bytes({"n": attribute}) == 1 + size


def test_a_transaction_costs_twice_and_each_item_is_rounded_up_by_itself():
    small, large = {"pk": {"S": "a"}}, {"pk": {"S": "b" * 1500}}
    request = {
        "TransactItems": [
            {"Put": {"TableName": "t", "Item": small}},
            {"Put": {"TableName": "t", "Item": large}},
        ]
    }
    assert write_units("TransactWriteItems", request) == {"t": 2 * (1 + 2)}
    assert write_units("PutItem", {"TableName": "t", "Item": large}) == {"t": 2}


def test_each_item_of_a_batch_counts():
    entry = {"PutRequest": {"Item": {"pk": {"S": "a"}}}}
    assert write_units("BatchWriteItem", {"RequestItems": {"t": [entry, entry], "u": [entry]}}) == {
        "t": 2,
        "u": 1,
    }


def test_each_item_that_is_inserted_counts():
    said = {
        "Statement": "INSERT INTO \"t\" VALUE {'pk': ?, 'body': ?}",
        "Parameters": [{"S": "a"}, {"B": "eHh4" * 342}],
    }
    assert write_units("BatchExecuteStatement", {"Statements": [said, said]}) == {"t": 4}


def test_a_consistent_read_costs_twice_an_eventual_one():
    answer = {"Item": {"pk": {"S": "x" * 5000}}}
    assert read_units("GetItem", {"TableName": "t", "ConsistentRead": True}, answer) == {"t": 2}
    assert read_units("GetItem", {"TableName": "t"}, answer) == {"t": 1}
    assert read_units("GetItem", {"TableName": "t"}, {}) == {"t": 0.5}


def test_a_query_is_rounded_up_once():
    answer = {"Items": [{"pk": {"S": "x" * 100}}] * 10}
    assert read_units("Query", {"TableName": "t", "ConsistentRead": True}, answer) == {"t": 1}
    assert read_units("PutItem", {"TableName": "t"}, answer) == {}


def test_each_key_of_a_batch_is_a_read_also_where_nothing_is_found():
    key = {"pk": {"S": "a"}}
    request = {"RequestItems": {"t": {"Keys": [key] * 5, "ConsistentRead": True}}}
    answer = {"Responses": {"t": [{"pk": {"S": "x" * 5000}}, key]}, "UnprocessedKeys": {"t": {"Keys": [key]}}}
    assert read_units("BatchGetItem", request, answer) == {"t": 2 + 1 + 2}
