"""The table in docs/clients.md that tells how far each release comes: made of what was seen."""

from collections.abc import Mapping

from chalicelib.releases.release import version_numbers
from tests.clients.journeys import Journey, Part

BEGINNING, END = "<!-- written by make test-clients-all -->", "<!-- until here -->"
PAGE = "/home/remote-inference"
REFUSAL = "throw the results of a remote job away"
NAMES = {
    "survey": "a survey",
    "again": "again",
    "partly": "some interviews fail",
    "failing": "all fail",
    "unknown": "unknown service",
    "cancelled": "cancelled before an answer",
    "cancelled later": "cancelled after one",
}
REASONS = {
    "failing": "Nobody can tell",
    "unknown": "does not offer",
    "cancelled": "The job was cancelled",
    "cancelled later": "The job was cancelled",
}

Cells = tuple[str, ...]


def cells(journey: Journey) -> Cells:
    """Return what came of each part, in few words."""
    return tuple(_cell(name, journey.parts[name]) for name in NAMES)


def _cell(name: str, part: Part) -> str:
    if part.locally:
        return "**runs on the laptop**"
    if REFUSAL in part.words:
        return "refused"
    if any(answer is not None for row in part.answers or [] for answer in row.values()):
        return "from the cache" if name == "again" and not part.prompts else "its answers"
    return _ending(part, REASONS.get(name, ""))


def _ending(part: Part, reason: str) -> str:
    if part.raised:
        return "raises, with the reason" if reason in part.raised else "raises"
    if reason in part.document:
        return "Results with the reason"
    if part.answers is not None:
        return "Results without answers"
    return "None, and the page" if PAGE in part.printed else "None"


def with_table(text: str, seen: Mapping[str, Cells]) -> str:
    """Return a page whose table tells what was seen, and of other releases what it told before."""
    before, _, rest = text.partition(BEGINNING)
    _, _, after = rest.partition(END)
    rows = {**told(text), **seen}
    lines = [_line("release", tuple(NAMES.values())), "|---" * (len(NAMES) + 1) + "|"]
    lines += [_line(release, rows[release]) for release in sorted(rows, key=version_numbers)]
    table = "\n".join(lines)
    return f"{before}{BEGINNING}\n\n{table}\n\n{END}{after}"


def _line(name: str, cells: Cells) -> str:
    return "| " + " | ".join((name, *cells)) + " |"


def told(text: str) -> dict[str, Cells]:
    """Return what a page's table tells of each release."""
    lines = text.partition(BEGINNING)[2].partition(END)[0].strip().splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return {name: tuple(found) for name, *found in rows}
