"""Counts what a column has, in DuckDB's words: columns by their places, values bound."""

import math

from chalicelib.domain.results.columns import Layout
from chalicelib.domain.results.table_query import Counted, Counting, CountQuery, Counts
from chalicelib.storage.columns.conditions import where
from chalicelib.storage.columns.database import TABLE, Database

WORDS = r"[\p{L}\p{N}][\p{L}\p{N}''’-]+"
"""As DuckDB's quoted text has it; a single letter is none."""

LONGEST_VALUE = 200
"""Characters by which values are told apart."""


def counts(data: Database, layout: Layout, query: CountQuery) -> Counts:
    """Return what a query comes to. Raises QueryTooLargeError."""
    condition, values = where(layout, query.filters)
    column = f"c{query.column}"
    ((rows, present),) = data.rows(
        f"SELECT count(*), count({column}) FROM {TABLE} WHERE {condition}",
        values,
    )
    ends: tuple[float, ...] = ()
    if query.counting is Counting.BINS:
        ends = _ends(data, column, condition, values, query.most)
        if not ends:
            return Counts(rows, present, (), (), (), 0)
        values |= {"low": ends[0], "width": ends[1] - ends[0], "last": len(ends) - 2}
    split = "NULL" if query.split is None else f"CAST(c{query.split} AS VARCHAR)"
    # Once: to take words out of 100,000 texts takes a second.
    data.run(
        f"CREATE TEMP TABLE counted AS SELECT value, split, count(*) AS count FROM "
        f"(SELECT {_expression(query.counting, column)} AS value, {split} AS split "
        f"FROM {TABLE} WHERE {condition} AND {column} IS NOT NULL) GROUP BY ALL",
        values,
    )
    ((distinct, parts),) = data.rows(
        "SELECT count(DISTINCT value), "
        "count(DISTINCT split) + coalesce(bool_or(split IS NULL), false)::INTEGER FROM counted",
        {},
    )
    found, splits = _most(data, "value", query.most), _most(data, "split", query.most_splits)
    counted = data.rows(
        "SELECT value, split, count FROM counted WHERE list_contains($values, value) "
        "AND (split IS NULL OR list_contains($splits, split)) ORDER BY ALL",
        {"values": found, "splits": [item for item in splits if item is not None]},
    )
    entries = tuple(Counted(value, part, count) for value, part, count in counted if part in splits)
    told = tuple(f"{end:.6g}" for end in ends) or tuple(item for item in found if item is not None)
    return Counts(rows, present, told, tuple(splits), entries, distinct, parts)


def _expression(counting: Counting, column: str) -> str:
    if counting is Counting.ITEMS:
        items = (
            f"CASE WHEN json_valid({column}) THEN json_extract_string({column}, '$[*]') ELSE [{column}] END"
        )
        return f"unnest({items})"
    if counting is Counting.WORDS:
        return f"unnest(list_distinct(regexp_extract_all(lower(CAST({column} AS VARCHAR)), '{WORDS}')))"
    if counting is Counting.BINS:
        number = f"floor((CAST({column} AS DOUBLE) - $low) / $width)"
        return f"CAST(CAST(greatest(0, least({number}, $last)) AS INTEGER) AS VARCHAR)"
    return f"left(CAST({column} AS VARCHAR), {LONGEST_VALUE})"


def _most(data: Database, what: str, most: int) -> list[str | None]:
    query = f"SELECT {what} FROM counted GROUP BY 1 ORDER BY sum(count) DESC, 1 LIMIT $most"
    return [item for (item,) in data.rows(query, {"most": most})]


def _ends(
    data: Database, column: str, condition: str, values: dict[str, object], bins: int
) -> tuple[float, ...]:
    """Return where bins of equal width begin, and where the last one ends; none if there are no numbers."""
    ((low, high),) = data.rows(
        f"SELECT min(CAST({column} AS DOUBLE)), max(CAST({column} AS DOUBLE)) FROM {TABLE} WHERE {condition}",
        values,
    )
    if low is None or not math.isfinite(high - low):
        return ()
    width = (high - low) / bins
    if low + width <= low or high - width >= high:
        return (low, math.nextafter(high, math.inf) if high > low else low + 1)
    return (*(low + width * number for number in range(bins)), high)
