"""The data directory: what a crash leaves on disk is a beginning of the history, nothing torn."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.data import history
from infra.local.data.directory import DATABASE, FORMAT, OBJECTS, claim
from infra.local.data.history import Body, Item, KeptData, Object
from infra.local.errors import StackError

# Each name once a request, as moto's own state is per request.
NAMES = st.sampled_from(["a", "b", "c"])
ITEMS = st.dictionaries(NAMES, st.none() | st.integers(0, 9), max_size=3)
BODIES = st.binary(max_size=40)
OBJECTS_CHANGED = st.dictionaries(NAMES, st.none() | BODIES, max_size=2)
Request = tuple[dict[str, int | None], dict[str, bytes | None]]
REQUESTS = st.lists(st.just("settle") | st.tuples(ITEMS, OBJECTS_CHANGED), max_size=12)
State = tuple[dict[str, int], dict[str, bytes]]


@pytest.fixture(autouse=True, scope="module")
def small_objects_in_files() -> Iterator[None]:
    before, history.LARGEST_INLINE = history.LARGEST_INLINE, 20
    yield
    history.LARGEST_INLINE = before


def after(state: State, request: Request) -> State:
    items: dict[str, int | None] = {**state[0], **request[0]}
    objects: dict[str, bytes | None] = {**state[1], **request[1]}
    return (
        {name: value for name, value in items.items() if value is not None},
        {name: body for name, body in objects.items() if body is not None},
    )


def write(kept: KeptData, request: Request) -> None:
    items, objects = request
    kept.write(
        [Item("t", name, "", None if value is None else str(value)) for name, value in items.items()],
        [Object("b", name, None if body is None else {}, body) for name, body in objects.items()],
    )


def state_of(kept: KeptData) -> State:
    items = {item.hash: int(item.attributes or "") for item in kept.items("t")}
    return items, {name: read(kept, place) for name, _, place in kept.objects("b")}


def read(kept: KeptData, place: Body) -> bytes:
    body = kept.open(place)
    if isinstance(body, bytes):
        return body
    with body:
        return b"".join(body)


def state_after_crash(directory: Path, lost: int = 0) -> State:
    """Return what a new process finds if all ends now and the last bytes never reached the disk."""
    with tempfile.TemporaryDirectory() as there:
        copy = Path(there) / "copy"
        shutil.copytree(directory, copy, ignore=shutil.ignore_patterns("*-shm"))
        log = copy / f"{DATABASE}-wal"
        if log.exists():
            os.truncate(log, max(0, log.stat().st_size - lost))
        kept = KeptData(copy)
        found = state_of(kept)
        kept.close()
        named = sqlite3.connect(copy / DATABASE)
        files = {file for (file,) in named.execute("SELECT file FROM object WHERE file IS NOT NULL")}
        named.close()
        assert set(os.listdir(copy / OBJECTS)) == files
        return found


def new_data(directory: Path) -> KeptData:
    os.close(claim(directory).descriptor)
    return KeptData(directory)


@settings(deadline=None, max_examples=40)
@given(requests=REQUESTS, lost=st.integers(0, 40_000), torn=st.booleans())
def test_a_crash_leaves_a_beginning_of_the_history(
    requests: list[Request | str], lost: int, torn: bool
) -> None:
    with tempfile.TemporaryDirectory() as there:
        directory = Path(there)
        kept = new_data(directory)
        history: list[State] = [({}, {})]
        settled = 0
        for request in requests:
            if isinstance(request, str):
                kept.settle()
                settled = len(history) - 1
            else:
                write(kept, request)
                history.append(after(history[-1], request))
            assert state_of(kept) == history[-1]
            assert state_after_crash(directory) == history[-1]
            if torn:
                # The machine went down: what came after the last settling may be gone, from the end.
                assert state_after_crash(directory, lost) in history[settled:]
        kept.close()
        again = KeptData(directory)
        assert state_of(again) == history[-1]
        again.close()


def test_a_failed_request_changes_nothing(tmp_path: Path) -> None:
    kept = new_data(tmp_path)
    kept.write([Item("t", "a", "", "1")])
    with pytest.raises(sqlite3.Error):
        kept.write([Item("t", "a", "", "2"), Item("t", "b", "", object())])  # type: ignore[arg-type]
    assert state_of(kept) == ({"a": 1}, {})
    kept.write([Item("t", "a", "", "3")])
    assert state_of(kept) == ({"a": 3}, {})
    kept.close()


def test_a_directory_in_use_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.local.data.directory.WAIT_SECONDS", 0.2)
    mine = claim(tmp_path / "new" / "data")
    with pytest.raises(StackError, match="is in use by another stack"):
        claim(tmp_path / "new" / "data")
    os.close(mine.descriptor)
    os.close(claim(tmp_path / "new" / "data").descriptor)


def test_whoever_inherits_the_descriptor_holds_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.data.directory.WAIT_SECONDS", 0.2)
    mine = claim(tmp_path)
    heir = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[mine.descriptor]
    )
    os.close(mine.descriptor)
    with pytest.raises(StackError, match="is in use by another stack"):
        claim(tmp_path)
    heir.communicate(b"\n")
    os.close(claim(tmp_path).descriptor)


def test_another_format_is_a_sentence(tmp_path: Path) -> None:
    new_data(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    connection.close()
    with pytest.raises(StackError, match=f"is of format {FORMAT + 1}, this Perch reads format {FORMAT}"):
        claim(tmp_path)


def test_what_is_not_perch_s_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StackError, match="in use for other things"):
        claim(tmp_path)
    assert os.listdir(tmp_path) == ["thesis.tex"]
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    with sqlite3.connect(foreign / DATABASE) as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    with pytest.raises(StackError, match="a database that is not Perch's"):
        claim(foreign)
    garbled = tmp_path / "garbled"
    garbled.mkdir()
    (garbled / DATABASE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(StackError, match="cannot be used: file is not a database"):
        claim(garbled)


def test_a_directory_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="cannot be written: "):
        claim(tmp_path / "file" / "data")
    with pytest.raises(StackError, match="cannot be written: "):
        claim(tmp_path / "file")
