"""What the attacks showed, in figures: printed at the end of `make test-hostile`."""

from collections.abc import Callable

import pytest

Tell = Callable[[str], None]
_figures: list[str] = []


@pytest.fixture
def tell() -> Tell:
    """Note a figure for the summary."""
    return _figures.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _figures:
        terminalreporter.section("hostile jobs (docs/security.md)")
        for figure in _figures:
            terminalreporter.write_line(figure)
