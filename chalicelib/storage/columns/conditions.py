"""Filters and orders in DuckDB's words: columns by their places, values bound."""

from collections.abc import Sequence

from chalicelib.domain.results.columns import Kind, Layout
from chalicelib.domain.results.table_query import Filter, Rule, Sort

NUMBERS = (Rule.AT_LEAST, Rule.AT_MOST)
SIGNS = {Rule.IS: "=", Rule.IS_NOT: "IS DISTINCT FROM", Rule.AT_LEAST: ">=", Rule.AT_MOST: "<="}


def where(layout: Layout, filters: Sequence[Filter]) -> tuple[str, dict[str, object]]:
    """Return the condition that rows pass which pass all filters, and the values that it binds."""
    conditions, values = [], {}
    for number, chosen in enumerate(filters):
        condition, value = _condition(layout.columns[chosen.column].kind, chosen, f"$v{number}")
        conditions.append(condition)
        if value is not None:
            values[f"v{number}"] = value
    return " AND ".join(conditions) or "true", values


def order_by(layout: Layout, sort: Sequence[Sort]) -> str:
    """Return in which order rows come; those that are alike as they stand in the table."""
    keys = []
    for chosen in sort:
        column, way = f"c{chosen.column}", "DESC" if chosen.descending else "ASC"
        kind = layout.columns[chosen.column].kind
        by = [column] if kind.numeric or kind is Kind.BOOLEAN else [f"lower({column})", column]
        keys += [f"{key} {way} NULLS LAST" for key in by]
    return ", ".join([*keys, "file_row_number"])


def _condition(kind: Kind, chosen: Filter, bound: str) -> tuple[str, object]:
    """Return a filter's condition, and the value that it binds if it binds one."""
    column = f"c{chosen.column}"
    if chosen.rule in (Rule.EMPTY, Rule.FILLED):
        return f"{column} IS {'NOT ' if chosen.rule is Rule.FILLED else ''}NULL", None
    if chosen.rule is Rule.CONTAINS:
        return f"contains(lower(CAST({column} AS VARCHAR)), lower(CAST({bound} AS VARCHAR)))", chosen.value
    sign = SIGNS[chosen.rule]
    if kind.numeric or chosen.rule in NUMBERS:
        number = _number(chosen.value)
        if number is None:
            return ("true" if chosen.rule is Rule.IS_NOT else "false"), None
        if kind.numeric:
            return f"{column} {sign} {bound}", number
        read = f"TRY_CAST({column} AS DOUBLE)"  # also of "nan", which would be greater than anything
        return f"(isfinite({read}) AND {read} {sign} {bound})", number
    return f"CAST({column} AS VARCHAR) {sign} CAST({bound} AS VARCHAR)", chosen.value


def _number(text: str) -> int | float | None:
    """Return what a text spells, if that is a number which can be compared."""
    try:
        return int(text) if len(text) < 19 else float(text)  # noqa: PLR2004 - digits of 64 bits
    except ValueError:
        try:
            number = float(text)
        except ValueError:
            return None
        return number if abs(number) < float("inf") else None
