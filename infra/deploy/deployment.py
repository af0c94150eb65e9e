"""From a checkout to a stage that answers: the steps in their order. Any of them may be taken again."""

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.domain.providers.service import Service
from infra.admin.connection import connect
from infra.deploy.errors import DeployError
from infra.deploy.packaging.package import Package, build
from infra.deploy.packaging.template import Template, read_template
from infra.deploy.place import Place
from infra.deploy.steps import artifacts
from infra.deploy.steps.answering import answers
from infra.deploy.steps.first_admin import Admin, first_admin
from infra.deploy.steps.services import put
from infra.deploy.steps.stack import Stack
from infra.deploy.steps.template import for_stage, known_to, variables_of
from infra.deploy.steps.what_is_kept import is_any_there

Say = Callable[[str], None]
FRONT_ADDRESS = "FrontAddress"
"""The template's parameter by which functions learn CloudFront's name."""


@dataclass(frozen=True)
class Wanted:
    """What the operator asks for."""

    architecture: str
    admin: str | None
    credits: int
    services: tuple[Service, ...]
    parameters: Mapping[str, str]
    """Of the template: those that were given; the others stay as they are."""


@dataclass(frozen=True)
class Deployed:
    """What the two lines to export are made of."""

    url: str
    admin: Admin
    domain_target: str | None


def told(place: Place, wanted: Wanted) -> list[str]:
    """Return what a deployment would do, without asking AWS anything."""
    domain = wanted.parameters.get("Domain")
    reached = f"at https://{domain}" if domain else "through CloudFront, unless the stage has a domain"
    services = ", ".join(service.name for service in wanted.services)
    return [
        f"Build the package for {wanted.architecture} (make package).",
        f"Make the bucket {place.artifacts} in {place.region} unless it is there, closed to the public.",
        "Upload the package's two zips and the template into it, unless they are there.",
        f"Create or update the stack {place.stack} by a change set, and wait; it is reached {reached}.",
        "Update it once more if its functions do not know that address yet.",
        f"Make {wanted.admin or 'nobody (ADMIN=… says who)'} its first admin, unless it has an admin.",
        f"Put into its table of services: {services or 'nothing (SERVICES=… names a file)'}.",
        "Ask it whether it answers, and print the two lines to export.",
    ]


def deploy(
    place: Place,
    wanted: Wanted,
    say: Say,
    *,
    built: Callable[[str], Package] = build,
    answering: Callable[[str], bool] = answers,
    pause: float = 10.0,
) -> Deployed:
    """Take all steps, saying each; raises DeployError, PackagingError and what boto3 raises."""
    stack = Stack(place, pause=pause)
    _check(stack, wanted)
    say(f"Building the package for {wanted.architecture} …")
    package = built(wanted.architecture)
    if artifacts.prepare_bucket(place):
        say(f"Made the bucket {place.artifacts}.")
    say("Uploading the package and the template …")
    packaged = read_template(package.template)
    template = _uploaded(place, package, packaged)
    _bring(place, stack, _Uploaded(template, packaged), wanted.parameters, say)
    say("Looking who is admin, and which services there are …")
    connect(Namespace(local=False, stack=place.stack, region=place.region))
    admin = first_admin(wanted.admin, credits=wanted.credits)
    for name in put(wanted.services):
        say(f"The service {name} is in the table.")
    outputs = stack.outputs()
    say(f"Asking {outputs['PublicUrl']}/health …")
    if answering(outputs["PublicUrl"]):
        say("It answers.")
    else:
        say("It does not answer yet: see to the CNAME record of a domain of your own, or ask again later.")
    return Deployed(outputs["PublicUrl"], admin, outputs.get("DomainTarget"))


def _check(stack: Stack, wanted: Wanted) -> None:
    """Refuse before ten minutes' work what could not be ended."""
    if wanted.admin is None and not stack.exists():
        raise DeployError("This stage is new. Say who is to be its first admin: ADMIN=you@example.com")


@dataclass(frozen=True)
class _Uploaded:
    """A template, and where it lies."""

    address: str
    template: Template


def _uploaded(place: Place, package: Package, packaged: Template) -> str:
    keys = {f"./{part.archive.name}": artifacts.upload_file(place, part.archive) for part in package.zips}
    template = for_stage(
        packaged,
        stage=place.stage,
        bucket=place.artifacts,
        keys=keys,
        variables=variables_of(place.stage),
    )
    written = json.dumps(template, sort_keys=True).encode()
    return artifacts.address(place, artifacts.upload(place, written, ".json"))


def _bring(place: Place, stack: Stack, uploaded: _Uploaded, given: Mapping[str, str], say: Say) -> None:
    takes_over = not stack.exists() and is_any_there(place)
    if takes_over:
        say(f"An earlier {place.stack} has left its data: it is taken over, but keys in its vault are not.")
    say(f"Creating or updating the stack {place.stack}: some ten minutes the first time …")
    # A second time once CloudFront's name is known, which only what has been made has.
    for _ in range(2):
        parameters = {**known_to(uploaded.template, stack.parameters()), **given}
        if stack.exists() and not parameters.get("Domain"):
            parameters[FRONT_ADDRESS] = stack.outputs().get("PublicUrl", "")
        changed = stack.bring(uploaded.address, parameters, takes_over=takes_over)
        say("The stack is as the template says." if changed else "Nothing in the stack had to change.")
        takes_over = False
        if parameters.get("Domain") or parameters.get(FRONT_ADDRESS) == stack.outputs().get("PublicUrl"):
            return
