"""What is seen of a table of results, as its page's address has it: so a link shows what one sees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.results.cells import Name
from chalicelib.domain.results.table_query import Rule
from chalicelib.services.tables.readable import named
from chalicelib.services.tables.table import AskedTable, NamedFilter, NamedSort

PAGE_SIZE = 50
DIGITS = 8
"""Of a page's or an interview's number."""
MOST = 100
"""Values of one name in an address."""


@dataclass(frozen=True)
class TableAddress:
    """Columns, filters, order and page."""

    columns: tuple[Name, ...] = ()
    filters: tuple[NamedFilter, ...] = ()
    sort: tuple[NamedSort, ...] = ()
    page: int = 1

    @property
    def asked(self) -> AskedTable:
        """Return what is asked of the table."""
        return AskedTable(self.columns, self.filters, self.sort, (self.page - 1) * PAGE_SIZE, PAGE_SIZE)

    @property
    def query(self) -> str:
        """Return what stands behind the page's address."""
        fields = [("column", str(name)) for name in self.columns]
        for chosen in self.filters:
            fields += [("where", str(chosen.name)), ("rule", chosen.rule.value), ("value", chosen.value)]
        fields += [("sort", ("-" if chosen.descending else "") + str(chosen.name)) for chosen in self.sort]
        if self.page > 1:
            fields.append(("page", str(self.page)))
        return urlencode(fields, errors="replace")

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

    def where(self, name: Name, value: str) -> "TableAddress":
        """Return only what has a value in a column."""
        return replace(self, filters=(*self.filters, NamedFilter(name, Rule.IS, value)), page=1)


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
