"""The command line of ``python -m infra.deploy``."""

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path

from infra.admin.command import units
from infra.deploy.deployment import Wanted
from infra.deploy.errors import DeployError
from infra.deploy.packaging.chalice_package import ARCHITECTURES
from infra.deploy.place import Place
from infra.deploy.steps.services import services_in

ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
FIRST_CREDITS = "1000"
NUMBERS = ("Workers", "RequestsPerSecond", "RequestBurst", "SpendingAlarmDollars")
"""Parameters of the template that only the operator decides (infra/deploy/patches)."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; exits as argparse does."""
    whole = argparse.ArgumentParser(prog="python -m infra.deploy", description="Deploy a stage to AWS.")
    commands = whole.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="create a stage, or bring it to this checkout's version")
    _add_place(up)
    up.add_argument("--architecture", choices=ARCHITECTURES, default="arm64")
    up.add_argument("--admin", metavar="EMAIL", help="the first admin, whose key is printed once")
    up.add_argument("--credits", default=FIRST_CREDITS, help="that they have from the start (%(default)s)")
    up.add_argument("--services-file", type=Path, metavar="FILE", help="NAME=URL=KEY a line, mode 600")
    up.add_argument("--domain", help="a domain of your own; empty: CloudFront again")
    up.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help=f"a bound of this stage, kept until it is given anew: {', '.join(NUMBERS)}",
    )
    up.add_argument("--certificate", metavar="ARN", help="of that domain, in the stage's region")
    down = commands.add_parser("down", help="delete a stage")
    _add_place(down)
    down.add_argument("--data", action="store_true", help="with all that its accounts have, for good")
    down.add_argument("--yes", action="store_true", help="do it; without, say what would go")
    return whole.parse_args(arguments)


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stage", required=True)
    parser.add_argument("--region", help="default: your own AWS settings'")
    parser.add_argument("--profile", help="of your AWS settings")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and ask AWS nothing")


def use_profile(given: argparse.Namespace) -> None:
    """Let boto3 go by the profile and the region that were given, and by no other place's address."""
    if given.profile:
        os.environ["AWS_PROFILE"] = given.profile


def wanted(given: argparse.Namespace, place: Place) -> Wanted:
    """Return what is asked for, checked; raises DeployError and what ``units`` raises."""
    if given.admin is not None and not ADDRESS.fullmatch(given.admin):
        raise DeployError(f"{given.admin!r} is no e-mail address.")
    return Wanted(
        architecture=given.architecture,
        admin=given.admin,
        credits=units(given.credits),
        services=services_in(given.services_file),
        parameters=_address(given.domain, given.certificate, place) | _numbers(given.parameter),
    )


def _numbers(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for each in given:
        name, _, number = each.partition("=")
        if name not in NUMBERS or not re.fullmatch(r"[0-9]{1,6}", number):
            raise DeployError(f"{each!r} is none of {', '.join(f'{known}=NUMBER' for known in NUMBERS)}.")
        found[name] = number
    return found


def _address(domain: str | None, certificate: str | None, place: Place) -> dict[str, str]:
    if domain is None and certificate is None:
        return {}
    if domain == "" and not certificate:
        return {"Domain": "", "Certificate": ""}
    if not domain or not DOMAIN.fullmatch(domain):
        raise DeployError(f"{domain or ''!r} is no domain, such as perch.example.org (without https://).")
    if not certificate:
        raise DeployError(f"{domain} needs a certificate: CERTIFICATE=arn:aws:acm:{place.region}:…")
    if not re.fullmatch(rf"arn:[a-z-]+:acm:{place.region}:[0-9]{{12}}:certificate/\S+", certificate):
        raise DeployError(f"The certificate must be one of Certificate Manager's in {place.region}.")
    return {"Domain": domain, "Certificate": certificate}
