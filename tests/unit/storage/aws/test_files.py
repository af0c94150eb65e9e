"""What files can do beyond being written and read whole."""

from collections.abc import Iterator

import pytest

from chalicelib.storage.aws import clients
from chalicelib.storage.aws.files import MissingFileError
from tests.support.stage import Stage

pytestmark = pytest.mark.moto

PART = 8 * 1024 * 1024


def test_a_copy_does_not_follow_its_source(stage: Stage) -> None:
    files = stage.deps.files
    files.write("account/a", b"first")
    files.copy("account/a", "account/b")
    files.write("account/a", b"second")
    assert files.read("account/b") == b"first"
    with pytest.raises(MissingFileError):
        files.copy("account/none", "account/c")
    with pytest.raises(MissingFileError):
        files.size("account/c")


def test_a_part_of_a_file_is_read_alone(stage: Stage) -> None:
    files = stage.deps.files
    files.write("account/a", b"one\ntwo\nthree\nfour\n")
    assert list(files.lines("account/a", (4, 14))) == [b"two", b"three"]
    assert list(files.lines("account/a")) == [b"one", b"two", b"three", b"four"]
    with pytest.raises(MissingFileError):
        list(files.lines("account/none", (0, 1)))


@pytest.mark.parametrize("size", [0, 10, PART - 1, PART, PART + 1, 2 * PART + 5])
def test_a_stream_is_kept_whole_whatever_its_length(stage: Stage, size: int) -> None:
    piece = bytes(range(250)) * 400
    whole = (piece * (size // len(piece) + 1))[:size]
    pieces = (whole[start : start + 70_000] for start in range(0, size, 70_000))
    stage.deps.files.write_stream("account/a", pieces)
    assert stage.deps.files.read("account/a") == whole


@pytest.mark.parametrize("good", [1, 25])
def test_a_stream_that_breaks_off_leaves_nothing(stage: Stage, good: int) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(good):
            yield b"x" * 1_000_000
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        stage.deps.files.write_stream("account/a", pieces())
    with pytest.raises(MissingFileError):
        stage.deps.files.size("account/a")
    bucket = stage.deps.settings.bucket
    assert not clients.s3().list_multipart_uploads(Bucket=bucket).get("Uploads")
