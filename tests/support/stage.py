"""What a test needs to look behind the services, whatever AWS they run over."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.domain.accounts import Account
from chalicelib.services import deps as deps_module
from chalicelib.services.accounts.accounts import open_account
from chalicelib.services.deps import Deps, deps, use
from chalicelib.settings import Settings, settings
from chalicelib.storage.aws import clients
from tests.support.fakes.engine import FakeEngine

CREDITS = 10_000_000
"""Hundredths of a credit."""


@dataclass
class Stage:
    """What a test needs to look behind the services."""

    engine: FakeEngine
    account: Account
    stranger: Account
    now: int = 1_800_000_000_000

    hearts: list[Callable[[], None]] = field(default_factory=list)
    """What is done at intervals at the moment."""

    @contextmanager
    def beating(self, _: float, beat: Callable[[], None]) -> Iterator[None]:
        """Beat at the start only, as a heartbeat does whose block is soon over, but without its thread."""
        self.hearts.append(beat)
        beat()
        try:
            yield
        finally:
            self.hearts.remove(beat)

    def beat(self) -> None:
        """Have time pass for all that is done at intervals."""
        for heart in list(self.hearts):
            heart()

    def beside(self, work: Callable[[], None]) -> Callable[[], None]:
        """Do at once what would be done at the same time."""
        work()
        return lambda: None

    def clock(self) -> int:
        self.now += 1
        return self.now

    @property
    def deps(self) -> Deps:
        return deps()

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Take the messages that wait in a queue."""
        taken: list[dict[str, Any]] = []
        while True:
            answer = clients.sqs().receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return taken
            for message in answer["Messages"]:
                taken.append(json.loads(message["Body"]))
                clients.sqs().delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def switch_caching_off(stage: Stage) -> None:
    """Let the stage's account have its cache switched off from now on."""
    changed = deps().accounts.switch(stage.account.account_id, {"remote_caching": False})
    assert changed is not None
    stage.account = changed


def limit(**changes: Any) -> Settings:
    """Work with other settings from now on."""
    changed = deps().settings.model_copy(update=changes)
    use(replace(deps(), settings=changed))
    return changed


def two_accounts() -> tuple[Account, Account]:
    """Open the accounts of a stage's two people, with credits for whatever a test runs."""
    return (
        open_account("ada@example.com", "key-ada", credits=CREDITS),
        open_account("eve@example.com", "key-eve", credits=CREDITS),
    )


def forget() -> None:
    """Let nothing of one stage be seen by the next."""
    use(None)
    for cached in (settings, deps_module.engine):
        cached.cache_clear()


def another_account(email: str) -> Account:
    """Open one more account."""
    return open_account(email, f"key-{email}", credits=CREDITS)
