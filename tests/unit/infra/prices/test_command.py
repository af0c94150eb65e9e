"""An operator's prices on their way to a stage."""

from pathlib import Path

import pytest

from chalicelib.domain.prices.table import Price
from chalicelib.services.credits.prices import refresh_prices
from infra.prices.__main__ import main
from tests.support.stage import Stage

GOOD = "service,model,input,output\nopenai,gpt-4o,2,8\n"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["prices", *arguments])
    return main()


def test_a_good_file_is_in_force_after_the_next_listing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(GOOD)
    assert run(monkeypatch, "put", str(file), "--bucket", stage.deps.settings.bucket) == 0
    assert refresh_prices().price_of("openai", "gpt-4o") == Price("openai", "gpt-4o", "2", "8")


def test_a_bad_file_is_refused_and_changes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "prices.csv"
    where = ("--bucket", stage.deps.settings.bucket)
    assert run(monkeypatch, "put", str(file), *where) != 0
    assert "cannot be read" in capsys.readouterr().err
    file.write_text(GOOD + "openai,b,-1,2\n")
    assert run(monkeypatch, "put", str(file), *where) != 0
    assert "line 3: its input price is '-1'" in capsys.readouterr().err
    assert stage.deps.prices.operators() is None
