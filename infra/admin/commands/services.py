"""The house's own keys for providers: the table of services. And which keys an account has given."""

import sys
from argparse import ArgumentParser, Namespace

from chalicelib.domain.providers.service import Service
from chalicelib.services.accounts import administration
from chalicelib.services.deps import deps
from chalicelib.services.vault import keys
from infra.admin.command import Command, note, print_table
from infra.admin.errors import AdminError
from infra.local.command_line.entries import parse_service
from infra.local.errors import StackError

LINE = "NAME=URL=KEY [rpm=N] [tpm=N] [calls=N] [seconds=N], without URL for the provider's own address"
IN_FORCE = "Slices that are begun from now on go by it; models are listed anew within five minutes."


def _nothing(_: ArgumentParser) -> None:
    """Of a command that needs no more than its name."""


def _services(_: Namespace) -> None:
    print_table(
        ("NAME", "ADDRESS", "KEY", "REQUESTS/MIN", "TOKENS/MIN", "CALLS"),
        [_row(service) for service in deps().service_table.services()],
    )


def _row(service: Service) -> tuple[str, ...]:
    limits = (service.requests_per_minute, service.tokens_per_minute, service.calls_in_flight)
    told = ("" if limit is None else str(limit) for limit in limits)
    return service.name, service.url or "its own", "given" if service.key else "none", *told


def _set_service(_: Namespace) -> None:
    try:
        service = parse_service(sys.stdin.readline().strip(), "The line on the standard input")
    except StackError as error:
        raise AdminError(str(error)) from error
    deps().service_table.put(service)
    note(f"The service {service.name} is in the table. {IN_FORCE}")


def _name(parser: ArgumentParser) -> None:
    parser.add_argument("service", metavar="NAME")


def _remove_service(given: Namespace) -> None:
    if not deps().service_table.remove(given.service):
        raise AdminError(f"The table has no service {given.service!r}; `services` lists those that it has.")
    note(f"The service {given.service} is in the table no more. {IN_FORCE}")


def _email(parser: ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL")


def _provider_keys(given: Namespace) -> None:
    found = keys.keys_of(administration.find(given.email)).own
    rows = [
        (
            *(key.key_id, key.service, key.label, "on" if key.on else "off"),
            ", ".join(borrower.email for borrower in key.shared_with),
        )
        for key in found
    ]
    print_table(("ID", "SERVICE", "LABEL", "STATE", "SHARED WITH"), rows)


COMMANDS = (
    Command("services", "the house's services, without their keys", _nothing, _services),
    Command("set-service", f"put one into the table; reads a line: {LINE}", _nothing, _set_service),
    Command("remove-service", "take one out of the table", _name, _remove_service),
    Command("provider-keys", "what keys an account has given", _email, _provider_keys),
)
