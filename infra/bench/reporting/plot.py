"""Interviews against seconds, both logarithmic, as an SVG that needs no library."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from infra.bench.plan import WAYS
from infra.bench.runs.comparison import Line

WIDTH, HEIGHT = 760, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 40, 60
COLORS: Mapping[str, str] = dict(zip(WAYS, ("#b3403a", "#7a7a7a", "#1f6fb2"), strict=True))
STYLE = "font-family: sans-serif; font-size: 12px; fill: #333"


@dataclass(frozen=True)
class Axis:
    """One logarithmic axis: from whole power of ten to whole power of ten, over some pixels."""

    least: float
    most: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return where a value lies, in pixels."""
        low, high = math.log10(self.least), math.log10(self.most)
        return self.start + (math.log10(value) - low) / (high - low) * (self.end - self.start)

    @property
    def decades(self) -> list[float]:
        """Return the powers of ten on it."""
        return [
            10.0**power for power in range(round(math.log10(self.least)), round(math.log10(self.most)) + 1)
        ]


def axis_over(values: Sequence[float], start: float, end: float) -> Axis:
    """Return the axis that holds all these values."""
    least = 10.0 ** math.floor(math.log10(min(values)))
    most = 10.0 ** math.ceil(math.log10(max(values)))
    return Axis(least, most if most > least else least * 10, start, end)


def plot(lines: Sequence[Line], caption: str) -> str:
    """Return the picture; a bar through each point reaches from its fastest to its slowest run."""
    across = axis_over([line.interviews for line in lines], LEFT, WIDTH - RIGHT)
    seconds = [value for line in lines for value in (line.seconds.least, line.seconds.most)]
    up = axis_over(seconds, HEIGHT - BOTTOM, TOP)
    parts = [*_grid(across, up), _text(LEFT, TOP - 16, caption)]
    for way in WAYS:
        points = sorted((line for line in lines if line.way == way), key=lambda line: line.interviews)
        if points:
            parts += _curve(way, points, across, up)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )


def _grid(across: Axis, up: Axis) -> list[str]:
    parts = []
    for value in across.decades:
        x = across.place(value)
        parts.append(_line(x, up.start, x, up.end, "#ddd"))
        parts.append(_text(x, up.start + 20, f"{value:,.0f}", "middle"))
    for value in up.decades:
        y = up.place(value)
        parts.append(_line(across.start, y, across.end, y, "#ddd"))
        parts.append(_text(across.start - 8, y + 4, f"{value:g} s", "end"))
    parts.append(
        _text((across.start + across.end) / 2, up.start + 44, "interviews of two questions", "middle")
    )
    return parts


def _curve(way: str, points: Sequence[Line], across: Axis, up: Axis) -> list[str]:
    color = COLORS[way]
    places = [(across.place(line.interviews), up.place(line.seconds.median)) for line in points]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [f'<polyline points="{drawn}" fill="none" stroke="{color}" stroke-width="2"/>']
    for line, (x, y) in zip(points, places, strict=True):
        parts.append(_line(x, up.place(line.seconds.least), x, up.place(line.seconds.most), color))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>')
    x, y = places[-1]
    parts.append(_text(x + 10, y + 4, f"{way}: {points[-1].seconds.median:.3g} s"))
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, color: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{STYLE}">{escape(text)}</text>'
