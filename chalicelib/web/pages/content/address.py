"""What is seen of results, table or plots, as the page's address has it: so a link shows what one sees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.results.cells import Name
from chalicelib.domain.results.table_query import Rule
from chalicelib.services.tables.readable import named
from chalicelib.services.tables.table import AskedTable, NamedFilter, NamedSort

PLOTS = "plots"
PAGE_SIZE = 50
DIGITS = 8
"""Of a page's or an interview's number."""
MOST = 100
"""Values of one name in an address."""


@dataclass(frozen=True)
class TableAddress:
    """Columns, filters, order and page; what plots are split by. Plots and table keep each other's."""

    columns: tuple[Name, ...] = ()
    filters: tuple[NamedFilter, ...] = ()
    sort: tuple[NamedSort, ...] = ()
    page: int = 1
    split: Name | None = None
    view: str = ""

    @property
    def asked(self) -> AskedTable:
        """Return what is asked of the table."""
        return AskedTable(self.columns, self.filters, self.sort, (self.page - 1) * PAGE_SIZE, PAGE_SIZE)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return what the page's address says, name by name."""
        fields = [("view", self.view)] if self.view else []
        fields += [("column", str(name)) for name in self.columns]
        for chosen in self.filters:
            fields += [("where", str(chosen.name)), ("rule", chosen.rule.value), ("value", chosen.value)]
        fields += [("sort", ("-" if chosen.descending else "") + str(chosen.name)) for chosen in self.sort]
        if self.split is not None:
            fields.append(("split", str(self.split)))
        if self.page > 1:
            fields.append(("page", str(self.page)))
        return fields

    @property
    def query(self) -> str:
        """Return what stands behind the page's address."""
        return urlencode(self.fields, errors="replace")

    def kept(self, *changed: str) -> list[tuple[str, str]]:
        """Return what a form sends along that asks for some fields anew."""
        return [(name, value) for name, value in self.fields if name not in (*changed, "page")]

    def seen_as(self, view: str) -> "TableAddress":
        """Return the same interviews as a table (empty) or as plots."""
        return replace(self, view=view, page=1)

    def split_by(self, name: Name | None) -> "TableAddress":
        """Return plots split by a column."""
        return replace(self, split=name, page=1)

    def at(self, page: int) -> "TableAddress":
        """Return another page."""
        return replace(self, page=page)

    def sorted_by(self, name: Name) -> "TableAddress":
        """Return the same by one column: ascending, then descending, then as it stands."""
        turned = {None: (NamedSort(name),), "ascending": (NamedSort(name, descending=True),)}
        return replace(self, sort=turned.get(self.order_of(name), ()), page=1)

    def order_of(self, name: Name) -> str | None:
        """Return in which order rows come by a column, if by that one."""
        for chosen in self.sort:
            if chosen.name == name:
                return "descending" if chosen.descending else "ascending"
        return None

    def without_filter(self, place: int) -> "TableAddress":
        """Return the same without one of its filters."""
        kept = tuple(chosen for number, chosen in enumerate(self.filters) if number != place)
        return replace(self, filters=kept, page=1)

    def where(self, name: Name, value: str, rule: Rule = Rule.IS) -> "TableAddress":
        """Return only what has a value in a column."""
        return replace(self, filters=(*self.filters, NamedFilter(name, rule, value)), page=1)


def table_address(all_of: Callable[[str], Sequence[str]], query: Mapping[str, str]) -> TableAddress:
    """Read an address. Raises InvalidRequestError."""
    where, rules, values = (all_of(name)[:MOST] for name in ("where", "rule", "value"))
    if not len(where) == len(rules) == len(values):
        raise InvalidRequestError("A filter has three parts: where, rule and value.")
    filters = [
        NamedFilter(named(name), _rule(rule), value)
        for name, rule, value in zip(where, rules, values, strict=True)
        if name
    ]
    return TableAddress(
        columns=tuple(named(name) for name in dict.fromkeys(all_of("column")[:MOST])),
        filters=tuple(filters),
        sort=tuple(_sort(text) for text in all_of("sort")[:MOST]),
        page=number(query.get("page", "1"), "page"),
        split=named(query["split"]) if query.get("split") else None,
        view=PLOTS if query.get("view") == PLOTS else "",
    )


def number(text: str, what: str) -> int:
    """Return a number that counts from 1. Raises InvalidRequestError."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS and int(text)):
        raise InvalidRequestError(f"{what}: a number was expected: 1, 2, …")
    return int(text)


def _sort(text: str) -> NamedSort:
    return NamedSort(named(text.removeprefix("-")), descending=text.startswith("-"))


def _rule(text: str) -> Rule:
    try:
        return Rule(text)
    except ValueError:
        raise InvalidRequestError(f"rule: one of {', '.join(Rule)} was expected.") from None
