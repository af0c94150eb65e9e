"""Logs outlive their stack, and do not grow for ever."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.command_line.options import parse
from infra.local.log_files import KEPT, keep, turn_over
from infra.local.parts.part import Part
from infra.local.supervisor import Supervisor, default_log_directory


def test_what_earlier_stacks_wrote_is_kept_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = keep(tmp_path / "data" / "logs", "api")
    file.write_text("before\n")
    assert keep(tmp_path / "data" / "logs", "api").read_text() == "before\n"
    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


def test_logs_lie_with_the_data_where_that_is_kept(tmp_path: Path) -> None:
    options = parse(["serve", "--data", str(tmp_path / "data")], {})
    for given, wanted in (
        (options, tmp_path / "data" / "logs"),
        (replace(options, data=None), default_log_directory(options.port)),
        (replace(options, log_directory=tmp_path / "elsewhere"), tmp_path / "elsewhere"),
    ):
        stack = Supervisor(given)
        try:
            assert stack.log_directory == wanted
        finally:
            stack.stop()


def test_a_log_that_has_grown_too_large_is_put_aside_while_its_part_goes_on_writing(tmp_path: Path) -> None:
    file = keep(tmp_path, "api")
    with file.open("ab", buffering=0) as part:
        for number in range(KEPT + 3):
            part.write(f"{number} {'x' * 100}\n".encode())
            turn_over(tmp_path, largest=50)
            assert file.read_bytes() == b""
        part.write(b"small\n")
        turn_over(tmp_path, largest=50)
    assert file.read_bytes() == b"small\n"
    earlier = [tmp_path / f"api.log.{number}" for number in range(1, KEPT + 1)]
    assert [each.read_text()[0] for each in earlier] == ["7", "6", "5", "4", "3"]
    assert {each.name for each in tmp_path.iterdir()} == {"api.log", *(each.name for each in earlier)}


@pytest.mark.parametrize("turned_over", [False, True])
def test_last_words_are_a_parts_own(tmp_path: Path, turned_over: bool) -> None:
    file = keep(tmp_path, "part")
    file.write_text("what another said\n" * 100)
    part = Part(module="no_such_module_here", arguments=[], environment={}, log=file)
    try:
        part.let_end(60)
        if turned_over:
            turn_over(tmp_path, largest=50)
            assert part.last_words() == "it said nothing"
            return
        assert part.last_words().endswith("No module named no_such_module_here")
    finally:
        part.kill()


def test_a_part_that_says_nothing_has_no_last_words_of_another(tmp_path: Path) -> None:
    file = keep(tmp_path, "part")
    file.write_text("what another said\n")
    (tmp_path / "silent.py").write_text("")
    part = Part(module="silent", arguments=[], environment={"PYTHONPATH": str(tmp_path)}, log=file)
    try:
        part.let_end(60)
        assert part.last_words() == "it said nothing"
    finally:
        part.kill()


def test_the_stacks_own_lines_are_like_the_functions(tmp_path: Path) -> None:
    program = (
        "import logging, sys; from infra.local.log_files import write_lines;"
        "write_lines(logging.StreamHandler(sys.stdout));"
        "logging.getLogger('local_stack.http').info('told %s', 1, extra={'status': 200})"
    )
    said = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert '"message":"told 1","service":"local_stack.http"' in said
    assert '"status":200' in said
