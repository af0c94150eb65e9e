"""Turn facts into HTML: templates escape whatever they are given."""

from datetime import UTC, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.domain.times import iso
from chalicelib.web import words
from chalicelib.web.static_files import static_files
from chalicelib.web.statuses import HAPPENED, LOOKS

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context
    from markdown_it import MarkdownIt
    from markupsafe import Markup

HERE = Path(__file__).parent
LOWEST_HEADING = 6


def rendered(template: str, **facts: object) -> str:
    """Return a template of ``web/templates`` with its facts filled in.

    Half of a pair of surrogates, which JSON can spell and no page can, is shown as a question mark.
    """
    return _templates().get_template(template).render(facts).encode(errors="replace").decode()


def markdown_as_html(text: str, *, below: int = 0, with_tables: bool = True) -> str:
    """Return markdown as HTML that only has what markdown can say.

    HTML in it is shown as text, and nothing in it leads away or is fetched: strangers wrote parts of it.
    Its headings stand ``below`` those of a page, as many levels deeper.
    """
    markdown = _markdown(with_tables=with_tables)
    tokens = markdown.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(LOWEST_HEADING, int(token.tag[1]) + below)}"
        # How a table's cells are aligned, which a page's policy lets no style attribute say.
        if token.type == "table_open":
            token.attrSet("tabindex", "0")  # it may be wider than the page: then the keyboard moves it
        if str(token.attrs.pop("style", "")).endswith("right"):
            token.attrSet("class", "n")
    return str(markdown.renderer.render(tokens, markdown.options, {}))


@lru_cache(maxsize=1)
def _templates() -> "Environment":
    # The api function's first answer need not wait for what only pages use.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context  # noqa: PLC0415

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": words.number,
        "about": words.about_number,
        "rate": words.rate,
        "credits": words.credits_text,
        "exact": pass_context(_exact),
        "iso": iso,
        "duration": words.duration,
        "bytes": words.bytes_text,
        "listed": words.listed,
        "markdown": _within_section,
        "without_gaps": words.without_gaps,
    }
    made.globals |= {
        "ago": pass_context(_ago),
        "counted": words.counted,
        "static_path": _static_path,
        "looks": LOOKS,
        "happened": HAPPENED,
    }
    return made


def _within_section(text: str) -> "Markup":
    """Return markdown as HTML below the title of a page's section."""
    from markupsafe import Markup  # noqa: PLC0415

    # A table's rows are filled up to its columns: a few characters could make a page of megabytes.
    rows = [line for line in text.splitlines() if line.strip()]
    fields = len(rows) * max((row.count("|") for row in rows), default=0)
    html = markdown_as_html(text, below=2, with_tables=fields <= len(text))
    return Markup(html)  # all that is a stranger's is text in it


def _exact(context: "Context", milliseconds: int) -> str:
    return words.exact(milliseconds, _zone(context))


def _ago(context: "Context", milliseconds: int, now: int) -> str:
    return words.ago(milliseconds, now, _zone(context))


def _zone(context: "Context") -> tzinfo:
    """Return whose clock a page goes by: its account's, or of one that is nobody's everybody's."""
    zone = context.get("zone")
    return zone if isinstance(zone, tzinfo) else UTC


def _static_path(name: str) -> str:
    return static_files()[name].path


@lru_cache(maxsize=2)
def _markdown(*, with_tables: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415

    leading_away = ["image", "link", "autolink", "html_block", "html_inline", "reference"]
    made = MarkdownIt("commonmark", {"html": False}).disable(leading_away)
    return made.enable("table") if with_tables else made
