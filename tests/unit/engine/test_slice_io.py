"""What waits for others before it is done, and what does not."""

from collections.abc import Iterator

import pytest

from chalicelib.engine.slice_io import BatchWorker
from tests.support.waiting import eventually

FOREVER = 3600.0


class Done(list[list[int]]):
    """The batches that were done, in order."""

    def all_at_last(self, *batches: list[int]) -> bool:
        return eventually(lambda: self == list(batches))


@pytest.fixture
def done() -> Done:
    return Done()


@pytest.fixture
def worker(done: Done) -> Iterator[BatchWorker[int]]:
    made = BatchWorker(done.append, 4, lambda: None, gathers_seconds=FOREVER)
    yield made
    made.finish()


def test_what_may_wait_is_done_once_there_is_enough(worker: BatchWorker[int], done: Done) -> None:
    worker.take([1, 2])
    worker.take([3])
    assert done == []
    worker.take([4, 5])
    assert done.all_at_last([1, 2, 3, 4])


def test_what_may_not_wait_takes_along_what_does(worker: BatchWorker[int], done: Done) -> None:
    worker.take([1, 2])
    worker.take([3], may_wait=False)
    assert done.all_at_last([1, 2, 3])
    worker.take([4])
    worker.finish()
    assert done == [[1, 2, 3], [4]]


def test_more_than_a_batch_that_may_not_wait_is_done_at_once(worker: BatchWorker[int], done: Done) -> None:
    worker.take(range(6), may_wait=False)
    assert done.all_at_last([0, 1, 2, 3], [4, 5])


def test_without_a_time_to_gather_nothing_waits(done: Done) -> None:
    worker = BatchWorker(done.append, 4, lambda: None)
    worker.take([1])
    assert done.all_at_last([1])
    worker.finish()
