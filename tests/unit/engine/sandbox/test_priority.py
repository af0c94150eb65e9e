"""What serves everybody goes before one account's interviews, and those before what makes room for them."""

import os
from collections.abc import Iterator

import psutil
import pytest

from chalicelib.domain.providers.service import Service
from chalicelib.engine.engine import Engine
from chalicelib.engine.sandbox.fork_server import ForkServer
from chalicelib.engine.sandbox.kernel.priority import BEHIND, FURTHER
from tests.support.fake_openai import FakeOpenAI
from tests.support.slice_store import ListSliceStore
from tests.support.waiting import eventually
from tests.unit.engine.jobs import free_text_job, order


def niceness(process: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, process)


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    server = ForkServer()
    yield server
    server.close()


def test_children_wait_behind_whoever_had_them_forked(fork_server: ForkServer) -> None:
    with fork_server.fork() as child:
        assert niceness(child.pid) == niceness(os.getpid()) + BEHIND


def test_children_share_a_session_in_which_they_are_weighed(fork_server: ForkServer) -> None:
    """Linux gives each session as much as the others, whatever the niceness of its processes."""
    with fork_server.fork() as child:
        assert eventually(lambda: os.getpgid(child.pid) == child.pid)
        assert os.getsid(child.pid) == os.getsid(fork_server.pid) != os.getsid(0)


def test_one_child_can_be_made_to_wait_for_the_others(fork_server: ForkServer) -> None:
    with fork_server.fork() as one, fork_server.fork() as other:
        assert eventually(lambda: os.getpgid(one.pid) == one.pid)
        one.come_later()
        assert eventually(lambda: niceness(one.pid) == niceness(other.pid) + FURTHER)


def test_a_child_that_is_gone_does_not_matter(fork_server: ForkServer) -> None:
    with fork_server.fork() as child:
        pass
    child.come_later()
    with fork_server.fork() as another:
        assert niceness(another.pid) == niceness(os.getpid()) + BEHIND


def test_both_children_of_a_slice_that_makes_room_come_later(engine: Engine) -> None:
    seen: list[int] = []
    with FakeOpenAI() as provider, provider.holding() as over:

        def draining() -> bool:
            return bool(provider.asked)

        def stopped() -> bool:
            # Asked four times a second; once both come later, the call may end.
            found = [niceness(child.pid) for child in psutil.Process().children(recursive=True)]
            if found.count(niceness(os.getpid()) + BEHIND + FURTHER) == 2:
                seen.extend(found)
                over.set()
            return False

        job = free_text_job(model="fake-model", inference_service="openai")
        rows = list(
            engine.run(
                order(job, services=(Service("openai", provider.url, "k"),)),
                ListSliceStore(),
                stopped,
                draining,
            )
        )
    assert seen
    assert rows[0].good
