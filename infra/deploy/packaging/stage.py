"""The packaged functions with a local AWS beside them: all of Perch, as it is deployed."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chalicelib.domain.providers.service import Service
from infra.deploy.packaging.chalice_package import STAGE
from infra.deploy.packaging.function import PackagedFunction
from infra.deploy.packaging.package import Package
from infra.deploy.packaging.template import read_template
from infra.grants.environment import its_own
from infra.local.access_key import keep_key, make_key
from infra.local.aws import LocalAws
from infra.local.command_line.entries import Account
from infra.local.environment import base_environment, function_environment
from infra.local.functions.delivery import event_of, handled
from infra.local.packaged.environment import stage_variables
from infra.local.packaged.events import Answer, answer_of, proxy_event
from infra.local.parts import components
from infra.local.parts.held import kill_all
from infra.local.ports import free_port, listen
from infra.local.preparation import prepare
from infra.local.stage import API_FUNCTION, read_stage
from infra.repository import RESOURCES, ROOT

API = API_FUNCTION


class PackagedStage:
    """A local AWS and the package's functions, each in one environment, as a context.

    Messages move only when ``deliver`` is called, so that a test sees each step.
    """

    def __init__(
        self, package: Package, *, accounts: Sequence[Account], services: Sequence[Service] = ()
    ) -> None:
        self.package = package
        self._accounts = accounts
        self._services = services
        self._open = ExitStack()
        self._running: dict[str, PackagedFunction] = {}
        document = read_template(package.template)["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
        self._routes = tuple(document["paths"])
        self._limits = read_stage(ROOT / ".chalice" / "config.json", STAGE)

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._folder = Path(
                opening.enter_context(
                    tempfile.TemporaryDirectory(prefix="perch-package-", ignore_cleanup_errors=True)
                )
            )
            port = free_port()
            sockets = listen(port, "--aws-port")
            for held in sockets:
                opening.enter_context(held)
            base = base_environment(self._folder)
            key, key_file = make_key(), self._folder / "aws-credentials"
            keep_key(key, key_file)
            aws = components.local_aws(port, sockets, base, self._folder / "aws.log", key_file=key_file)
            opening.callback(kill_all, [aws.part])
            aws.wait_until_it_answers()
            self._aws = LocalAws(port, key)
            self._resources = self._aws.create(RESOURCES, self._services)
            self._sqs = self._aws.client("sqs")
            environment = function_environment(base, {}, self._resources.outputs, port, key_file)
            self.variables = stage_variables(environment)
            sources = prepare("app", self._accounts, environment, self._folder / "prepare.log")
            self._queues = {
                told.handler: self._resources.queues[told.queue] for told in sources.subscriptions
            }
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def new(self, function: str, *, more: Mapping[str, str] | None = None) -> PackagedFunction:
        """Return another environment of a function, not started; enter it to use it."""
        limits = self._limits.limits(function)
        folder = Path(tempfile.mkdtemp(prefix=f"{function}-", dir=self._folder))
        return PackagedFunction(
            function,
            self.package,
            variables=its_own(function, self.variables) | dict(more or {}),
            folder=folder,
            seconds=limits.seconds,
            megabytes=limits.megabytes,
        )

    def function(self, function: str) -> PackagedFunction:
        """Return the one environment of a function that stays, started at its first use."""
        if function not in self._running:
            self._running[function] = self._open.enter_context(self.new(function))
            self._running[function].start()
        return self._running[function]

    def request(self, method: str, address: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the event of a request to the API (see ``proxy_event``)."""
        return proxy_event(self._routes, method, address, **more)

    def ask(self, method: str, address: str, **more: Any) -> Answer:  # noqa: ANN401
        """Ask the API as a caller does."""
        return answer_of(self.function(API).invoke(self.request(method, address, **more)))

    def receive(self, function: str, seconds: int = 1) -> list[dict[str, Any]]:
        """Return a message that waits for a function, or none."""
        answer = self._sqs.receive_message(
            QueueUrl=self._queues[function].url, WaitTimeSeconds=seconds, AttributeNames=["All"]
        )
        return list(answer.get("Messages", []))

    def event(self, function: str, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the event that Lambda would make of messages for a function."""
        return event_of(messages, self._queues[function].arn)

    def finish(self, function: str, messages: Sequence[Mapping[str, Any]], answer: object) -> int:
        """Delete the messages that an answer says were handled; return how many."""
        done = handled(messages, answer)
        for message in done:
            self._sqs.delete_message(
                QueueUrl=self._queues[function].url, ReceiptHandle=message["ReceiptHandle"]
            )
        return len(done)

    def deliver(self, function: str, seconds: int = 1) -> int:
        """Hand a waiting message to a function; return how many were handled (0 or 1)."""
        messages = self.receive(function, seconds)
        if not messages:
            return 0
        answer = self.function(function).invoke(self.event(function, messages))
        return self.finish(function, messages, answer)
