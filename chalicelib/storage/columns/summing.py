"""Adds up what columns have, group by group, in DuckDB's words."""

import math

from chalicelib.domain.results.columns import Kind, Layout
from chalicelib.domain.results.table_query import Sum, SumQuery
from chalicelib.storage.columns.database import TABLE, Database


def sums(data: Database, layout: Layout, query: SumQuery) -> list[Sum]:
    """Return what a query comes to, the largest groups first. Raises QueryTooLargeError."""
    groups = [f"CAST(c{column} AS VARCHAR)" for column in query.by]
    added = [f"sum({_number(layout.columns[column].kind, f'c{column}')})" for column in query.added]
    rows = data.rows(
        f"SELECT {', '.join([*groups, 'count(*) AS rows', *added])} FROM {TABLE} "
        f"GROUP BY {', '.join(groups) or '()'} ORDER BY rows DESC LIMIT $most",
        {"most": query.most},
    )
    split = len(groups)
    return [Sum(tuple(row[:split]), row[split], tuple(map(_finite, row[split + 1 :]))) for row in rows]


def _number(kind: Kind, column: str) -> str:
    """Return a cell as a number: of a list how many items it has, of what is no number none."""
    if kind.numeric:
        return column
    if kind is Kind.JSON:
        return (
            f"CASE WHEN json_valid({column}) AND json_type({column}) = 'ARRAY' "
            f"THEN json_array_length({column}) ELSE 0 END"
        )
    return f"TRY_CAST(CAST({column} AS VARCHAR) AS DOUBLE)"


def _finite(value: float | int | None) -> float:
    return value if value is not None and math.isfinite(value) else 0
