"""Start the parts in order, watch them, and end them all together."""

import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from chalicelib.domain.providers.service import Service
from infra.local import health, preparation
from infra.local.access_key import keep_key, make_key
from infra.local.aws import LocalAws
from infra.local.command_line.options import Options
from infra.local.data import directory
from infra.local.data.directory import LOGS
from infra.local.embedded_model import service as embedded_model
from infra.local.environment import base_environment, function_environment
from infra.local.errors import StackError
from infra.local.forking.fork_server import ForkServer, may_fork
from infra.local.functions import invocation
from infra.local.functions.runtime import Runtime
from infra.local.functions.slots import slots_for
from infra.local.log_files import keep, turn_over, write_lines
from infra.local.packaged.description import read_description
from infra.local.parts import components, reach
from infra.local.parts.component import Component
from infra.local.parts.held import Starter, kill_all, kill_children
from infra.local.parts.part import Part
from infra.local.ports import free_port, listen
from infra.local.private import PrivateDirectory
from infra.local.stage import read_stage

LEAST_FREE_BYTES = 500 * 1024 * 1024
WATCH_SECONDS = 0.5
# Shorter than what makes the conditions look old: they are written between two questions.
HEALTH_SECONDS = 10.0
MOST_TO_FILL = 4
"""Workers that a small job is shared out to."""

logger = logging.getLogger("local_stack.supervisor")


def default_log_directory(port: int) -> Path:
    """Return where a stack's logs lie unless told: outside the checkout.

    ``chalice local`` watches every file of the checkout and starts anew when one changes.
    """
    return Path(tempfile.gettempdir()) / f"perch-logs-{os.getuid()}" / str(port)


class Supervisor:
    """One running stack. Use as a context: leaving it ends every process."""

    def __init__(self, options: Options) -> None:
        self._options = options
        kept = options.data / LOGS if options.data else default_log_directory(options.port)
        self.log_directory = options.log_directory or kept
        self._components: dict[str, Component] = {}
        self._runtime: Runtime | None = None
        self._private = PrivateDirectory()
        self._conditions_file = self._private.path / "conditions.json"
        self.key_file = self._private.path / "aws-credentials"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until it works. Raises StackError with the reason if it cannot."""
        options = self._options
        data = directory.claim(options.data) if options.data else None
        _check_room(self.log_directory)
        if data is not None:
            _check_free(data.directory)
        write_lines(logging.FileHandler(self._log("stack")))
        logger.info("the stack starts", extra={"port": options.port})
        with_model = self._needs_model()
        if with_model:
            embedded_model.model_file()
        if options.packaged:
            read_description(options.packaged)
        stage = read_stage(options.config)
        # Held as long as the stack stands: a part that is started again gets the same sockets.
        self._api_sockets = listen(options.port, "--port", options.addresses)
        self._aws_sockets = listen(options.aws_port, "--aws-port")
        base = base_environment(self._private.path)
        start = self._starter({**stage.variables, **base})
        services = list(options.services)
        key = make_key()
        keep_key(key, self.key_file)
        aws = LocalAws(options.aws_port, key)
        started = [
            self._add(
                "aws",
                components.local_aws(
                    options.aws_port,
                    self._aws_sockets,
                    base,
                    self._log("aws"),
                    key_file=self.key_file,
                    also_called=urlsplit(options.public_url).netloc,
                    data=data,
                    again=lambda: _made(aws, options, services),
                    start_seconds=options.start_seconds,
                ),
            )
        ]
        if with_model:
            port, model_key = free_port(), secrets.token_urlsafe(30)
            model = components.model(
                port, model_key, base, self._log("model"), start_seconds=options.start_seconds
            )
            started.append(self._add("model", model))
            services.append(embedded_model.service(port, model_key))
        for component in started:
            component.wait_until_it_answers()
        resources = aws.create(options.template, services, options.prices)
        environment = function_environment(
            base, stage.variables, resources.outputs, options.aws_port, self.key_file
        )
        # More slices than workers would only wait for each other.
        environment.setdefault("PERCH_WORKERS_TO_FILL", str(min(options.workers, MOST_TO_FILL)))
        # Clients need one port only, and the local AWS may be out of their reach.
        environment["PERCH_SIGNED_URL_ENDPOINT"] = options.public_url
        if options.packaged:
            # As in an account: what API Gateway tells a function of its address has the stage's name in it.
            environment["PERCH_PUBLIC_URL"] = options.public_url
        api = components.api(
            options.app,
            stage,
            self._conditions_file,
            aws_port=options.aws_port,
            listening=self._api_sockets,
            environment=environment,
            log=self._log("api"),
            start=start,
            packaged=options.packaged,
        )
        self._add("api", api)
        sources = preparation.prepare(
            options.app,
            options.accounts,
            environment,
            self._log("prepare"),
            start=start,
            start_seconds=options.start_seconds,
        )
        slots = slots_for(
            sources,
            application=options.app,
            packaged=options.packaged,
            workers=options.workers,
            schedule_seconds=options.schedule_seconds,
            start_seconds=options.start_seconds,
            stage=stage,
            resources=resources,
            environment=environment,
            aws=aws,
            log=self._log,
            start=start,
        )
        self._runtime = Runtime(slots)
        self._runtime.start()
        self._wait_until_healthy(api)

    def watch(self) -> None:
        """Look after the parts once and write down how all are."""
        for component in self._components.values():
            component.look_after()
        self._turn_logs_over()
        self._write_conditions()

    def stop(self) -> None:
        """End every process at once; nothing here survives a stop anyway."""
        functions = self._runtime.stop() if self._runtime else []
        kill_all([*functions, *(component.part for component in self._components.values())])
        kill_children()
        self._private.remove()

    def _write_conditions(self) -> None:
        conditions = {name: component.condition for name, component in self._components.items()}
        conditions |= self._runtime.conditions() if self._runtime else {}
        try:
            health.write_conditions(self._conditions_file, conditions)
        except OSError as problem:
            # The file grows old, which says enough; a full disk is no reason to end everything.
            logger.warning("the conditions cannot be written down: %s", problem)

    def _turn_logs_over(self) -> None:
        try:
            turn_over(self.log_directory)
        except OSError as problem:
            logger.warning("the logs cannot be put aside: %s", problem)

    def _starter(self, environment: Mapping[str, str]) -> Starter:
        """Return how processes of the application are started: forked if they may be.

        The environment is the fork server's own, which imports while the local AWS is only starting.
        """
        if not may_fork(environment):
            return Part
        modules = [invocation.MODULE, invocation.PACKAGED_MODULE, components.HTTP_SERVER, preparation.MODULE]
        fork_server = ForkServer(self._options.app, modules, environment, self._log("fork_server"))
        self._add("fork_server", fork_server.component())
        return fork_server.fork

    def _needs_model(self) -> bool:
        named = any(service.name == embedded_model.SERVICE for service in self._options.services)
        return self._options.model == "smollm2" and not named

    def _log(self, name: str) -> Path:
        return keep(self.log_directory, name)

    def _add(self, name: str, component: Component) -> Component:
        self._components[name] = component
        return component

    def _wait_until_healthy(self, api: Component) -> None:
        """Wait until the API answers that every part works."""
        deadline = time.monotonic() + self._options.start_seconds
        while True:
            self._write_conditions()
            status, answer = reach.ask(
                f"http://127.0.0.1:{self._options.port}/health", seconds=HEALTH_SECONDS
            )
            if status == 200:  # noqa: PLR2004
                return
            if not api.part.running():
                api.part.kill()
                raise StackError(f"The API {api.part.ending()}: {api.part.last_words()}")
            if time.monotonic() > deadline:
                raise StackError(f"The stack does not get well: {answer} (logs: {self.log_directory})")
            time.sleep(0.1)


def _check_room(log_directory: Path) -> None:
    try:
        keep(log_directory, "stack")
    except OSError as problem:
        raise StackError(f"Logs cannot be written to {log_directory}: {problem.strerror}.") from problem
    for written in (log_directory, Path(tempfile.gettempdir())):
        _check_free(written)


def _check_free(directory: Path) -> None:
    free = shutil.disk_usage(directory).free
    if free < LEAST_FREE_BYTES:
        raise StackError(
            f"{directory} has {free // 1024**2} MB of free space left;"
            f" the stack needs {LEAST_FREE_BYTES // 1024**2} MB."
        )


def _made(aws: LocalAws, options: Options, services: Sequence[Service]) -> None:
    aws.create(options.template, services, options.prices)
