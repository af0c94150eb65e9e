"""Condition expressions of DynamoDB, as strings, and key conditions, as boto3 builds them."""

from __future__ import annotations

import functools
import operator
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import And, ConditionBase
from boto3.dynamodb.types import Binary

from tests.support.fakes.aws.items import Item, kept, octets

Lookup = Callable[[str], Any]
"""From a name or a placeholder in an expression to its value, or to ABSENT."""
Test = Callable[[Lookup], bool]
TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),]|[#:]?\w+)")
ABSENT = object()
ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class InvalidExpressionError(Exception):
    """DynamoDB would not take the expression."""


def holds(
    expression: str, item: Item | None, names: Mapping[str, str] | None, values: Mapping[str, Any] | None
) -> bool:
    """Tell whether a condition holds for an item; None is an item that does not exist.

    Raises InvalidExpressionError, also for names and values that the expression does not use.
    """
    compiled = _compiled(expression)
    known = {name: kept(value)[0] for name, value in (values or {}).items()}
    _check_placeholders(compiled.placeholders, names or {}, known)
    found = item or {}

    def look_up(word: str) -> Any:
        if word.startswith(":"):
            return known[word]
        return found.get((names or {})[word] if word.startswith("#") else word, ABSENT)

    return compiled.test(look_up)


def _check_placeholders(used: frozenset[str], names: Mapping[str, str], values: Mapping[str, Any]) -> None:
    given = names.keys() | values.keys()
    if missing := used - given:
        raise InvalidExpressionError(f"An expression attribute is not defined: {min(missing)}")
    if unused := given - used:
        raise InvalidExpressionError(f"Value provided is unused in expressions: keys: {{{min(unused)}}}")


@dataclass(frozen=True)
class _Compiled:
    test: Test
    placeholders: frozenset[str]


@functools.cache
def _compiled(expression: str) -> _Compiled:
    parser = _Parser(expression)
    test = parser.either()
    if parser.words:
        raise InvalidExpressionError(f"Syntax error near {parser.words[0]}: {expression}")
    return _Compiled(test, frozenset(parser.placeholders))


class _Parser:
    def __init__(self, expression: str) -> None:
        if TOKEN.sub("", expression).strip():
            raise InvalidExpressionError(f"Not understood: {expression}")
        self.words = TOKEN.findall(expression)
        self.placeholders = {word for word in self.words if word[0] in "#:"}

    def either(self) -> Test:
        tests = [self.both()]
        while self._next_is("OR"):
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda look_up: any(test(look_up) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self._next_is("AND"):
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda look_up: all(test(look_up) for test in tests)

    def one(self) -> Test:
        if self._next_is("NOT"):
            inner = self.one()
            return lambda look_up: not inner(look_up)
        if self._next_is("("):
            inner = self.either()
            self._expect(")")
            return inner
        word = self._take()
        if self._next_is("("):
            return self._function(word)
        return self._comparison(word)

    def _function(self, name: str) -> Test:
        path = self._path(self._take())
        if name in {"attribute_exists", "attribute_not_exists"}:
            self._expect(")")
            wanted = name == "attribute_exists"
            return lambda look_up: (look_up(path) is not ABSENT) is wanted
        if name == "begins_with":
            self._expect(",")
            prefix = self._take()
            self._expect(")")
            return lambda look_up: str(look_up(path)).startswith(str(look_up(prefix)))
        raise InvalidExpressionError(f"Invalid function name; function: {name}")

    def _comparison(self, left: str) -> Test:
        sign = self._take()
        left, right = self._path(left), self._path(self._take())
        if sign == "=":
            return lambda look_up: same(look_up(left), look_up(right))
        if sign == "<>":
            return lambda look_up: not same(look_up(left), look_up(right))
        if sign not in ORDERS:
            raise InvalidExpressionError(f"Syntax error near {sign}")
        return lambda look_up: _in_order(look_up(left), ORDERS[sign], look_up(right))

    def _path(self, word: str) -> str:
        if word[0] not in "#:" and word.upper() in reserved_words():
            raise InvalidExpressionError(f"Attribute name is a reserved keyword; reserved keyword: {word}")
        return word

    def _take(self) -> str:
        if not self.words:
            raise InvalidExpressionError("Syntax error: the expression ends too early")
        return str(self.words.pop(0))

    def _next_is(self, word: str) -> bool:
        if self.words and self.words[0].upper() == word:
            self.words.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._next_is(word):
            raise InvalidExpressionError(f"Syntax error: {word} expected")


@functools.cache
def reserved_words() -> frozenset[str]:
    """Return the words that DynamoDB takes only behind a placeholder, from moto's list."""
    from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords  # noqa: PLC0415 - takes long

    return frozenset(ReservedKeywords.get_reserved_keywords())


def same(left: Any, right: Any) -> bool:
    """Tell whether two values are the same to DynamoDB: of one type, and equal."""
    return type(left) is type(right) and left is not ABSENT and left == right


def _in_order(left: Any, order: Callable[[Any, Any], bool], right: Any) -> bool:
    if type(left) is not type(right) or left is ABSENT or isinstance(left, bool | None | dict | list | set):
        return False
    return order(octets(left), octets(right)) if isinstance(left, Binary) else order(left, right)


def partition_and_range(
    condition: ConditionBase, hash_name: str, range_name: str | None
) -> tuple[str, Callable[[Sequence[str]], Sequence[str]]]:
    """Return what a key condition asks for: a partition, and which of its sorted keys.

    Raises InvalidExpressionError.
    """
    partition: str | None = None
    choose: Callable[[Sequence[str]], Sequence[str]] | None = None
    for part in _parts(condition):
        built = part.get_expression()
        key, *values = built["values"]
        if key.name == hash_name and built["operator"] == "=" and partition is None:
            partition = values[0]
        elif key.name == range_name and choose is None:
            choose = _range(built["operator"], values)
        else:
            raise InvalidExpressionError(f"Query key condition not supported: {key.name}")
    if partition is None:
        raise InvalidExpressionError(f"Query condition missed key schema element: {hash_name}")
    return partition, choose or (lambda keys: keys)


def meets(condition: ConditionBase, item: Item) -> bool:
    """Tell whether an item meets a filter, of the few kinds that Perch uses.

    Raises InvalidExpressionError.
    """
    built = condition.get_expression()
    sign, (first, *values) = built["operator"], built["values"]
    if sign == "AND":
        return meets(first, item) and all(meets(one, item) for one in values)
    found = item.get(first.name, ABSENT)
    if sign == "=":
        return same(found, values[0])
    if sign == "<>":
        return not same(found, values[0])
    if sign == "IN":
        return any(same(found, value) for value in values[0])
    if sign == "contains":
        return isinstance(found, str) and values[0] in found
    raise InvalidExpressionError(f"Unsupported filter: {sign}")


def _parts(condition: ConditionBase) -> list[ConditionBase]:
    if isinstance(condition, And):
        return [part for inner in condition.get_expression()["values"] for part in _parts(inner)]
    return [condition]


def _range(sign: str, values: Sequence[str]) -> Callable[[Sequence[str]], Sequence[str]]:
    value = values[0]
    if sign == "begins_with":
        return lambda keys: [key for key in keys[bisect_left(keys, value) :] if key.startswith(value)]
    if sign == "BETWEEN":
        low, high = values
        if low > high:
            raise InvalidExpressionError("The BETWEEN operator requires upper bound >= lower bound")
        return lambda keys: [key for key in keys[bisect_left(keys, low) :] if key <= high]
    if sign == "=":
        return lambda keys: [key for key in keys[bisect_left(keys, value) :][:1] if key == value]
    if sign not in ORDERS:
        raise InvalidExpressionError(f"Unsupported operator: {sign}")
    return lambda keys: [key for key in keys if ORDERS[sign](key, value)]
