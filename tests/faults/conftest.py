"""What the killing showed, in figures: printed at the end of `make test-faults`."""

from collections.abc import Callable

import pytest

Tell = Callable[[str], None]
_figures: list[str] = []


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Note a figure of this test for the summary."""
    return lambda figure: _figures.append(f"{request.node.name}: {figure}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _figures:
        terminalreporter.section("figures (docs/reliability.md)")
        for figure in _figures:
            terminalreporter.write_line(figure)
