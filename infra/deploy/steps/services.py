"""Put the operator's services into the stage's table: those that a file names, and no others."""

from dataclasses import replace
from pathlib import Path

from chalicelib.domain.providers.service import Service
from chalicelib.services.deps import deps
from infra.deploy.errors import DeployError
from infra.local.command_line.entries import SERVICES_VARIABLE, entries, parse_service
from infra.local.errors import StackError


def services_in(file: Path | None) -> tuple[Service, ...]:
    """Read the file (``NAME=URL=KEY`` a line, readable by its owner only); raises DeployError."""
    try:
        return entries(parse_service, (), () if file is None else (file,), {}, SERVICES_VARIABLE)
    except StackError as problem:
        raise DeployError(str(problem)) from problem


def put(services: tuple[Service, ...]) -> list[str]:
    """Put those into the table that it does not have so; return their names."""
    table = deps().service_table
    # How long a call is expected to take is no part of a line; the table keeps it.
    there = {replace(service, seconds_per_call=None) for service in table.services()}
    changed = [service for service in services if service not in there]
    for service in changed:
        table.put(service)
    return [service.name for service in changed]
