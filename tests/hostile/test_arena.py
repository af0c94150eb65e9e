"""The arena notices what it is there to notice, or the hostile jobs' tests would prove nothing."""

import socket
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.hostile.arena import SECRET_OF_THE_FILE, Arena, arena


@pytest.fixture
def places() -> Iterator[Arena]:
    with arena() as made:
        assert made.harm() == []
        yield made


def connect(places: Arena) -> None:
    socket.create_connection(("127.0.0.1", places.port)).close()


def fetch(places: Arena) -> None:
    page = requests.get(places.fill("@PAGE@", 7), timeout=60)
    assert page.text == SECRET_OF_THE_FILE


HARM: dict[str, tuple[Callable[[Arena], object], str]] = {
    "a file": (lambda places: places.written(7).touch(), "written-7"),
    "a directory": (lambda places: places.written(7).mkdir(), "written-7"),
    "a change": (lambda places: places.secret.write_text("another"), "secret.json"),
    "a loss": (lambda places: places.secret.unlink(), "secret.json is gone"),
    "a page": (fetch, "/7"),
    "a connection": (connect, "a connection from"),
}


@pytest.mark.parametrize("name", HARM)
def test_harm_is_noticed(places: Arena, name: str) -> None:
    do, said = HARM[name]
    do(places)
    while not places.harm():  # a connection is noted by another thread
        pass
    assert any(said in each for each in places.harm()), places.harm()


def test_what_children_leave_is_noticed(places: Arena) -> None:
    left = places.temporary / "perch-engine-x" / "child-1"
    left.mkdir(parents=True)
    assert places.leftovers() == [str(left)]
