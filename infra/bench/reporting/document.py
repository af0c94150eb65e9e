"""Fills the tables of docs/performance.md from a run of the bench."""

import io
from pathlib import Path

from rich import box
from rich.console import Console

from infra.bench.reporting.report import Report
from infra.bench.reporting.table import heading, tables

BEGIN, END = "<!-- filled by make bench: begin -->", "<!-- filled by make bench: end -->"
WIDTH = 400


def fill(file: Path, report: Report) -> None:
    """Put a run's tables between the two marks of a document; what stands around them stays."""
    text = file.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    file.write_text(f"{before}{BEGIN}\n\n{as_markdown(report)}\n{END}{after}")


def as_markdown(report: Report) -> str:
    """Return a run's tables in Markdown."""
    parts = [f"{report.date[:10]}, size *{report.size}*: {heading(report)}."]
    for table in tables(report):
        title, table.title, table.box = table.title, None, box.MARKDOWN
        console = Console(file=io.StringIO(), width=WIDTH, record=True)
        console.print(table)
        lines = [line.strip() for line in console.export_text().splitlines()]
        parts.append(f"**{title}**\n\n" + "\n".join(line for line in lines if line))
    return "\n\n".join(parts) + "\n"
