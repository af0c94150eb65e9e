"""``python -m infra.deploy up|down``: bring a stage into an AWS account, or take it down."""

import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import PerchError
from infra.admin.errors import AdminError
from infra.deploy import deployment, removal
from infra.deploy.command_line import parse, use_profile, wanted
from infra.deploy.deployment import Deployed
from infra.deploy.errors import DeployError
from infra.deploy.packaging.errors import PackagingError
from infra.deploy.place import Place, found, planned


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 0 done or told, 1 refused."""
    given = parse(arguments)
    try:
        use_profile(given)
        place = planned(given.stage, given.region)
        if given.command == "up":
            _up(given, place)
        else:
            _down(given, place)
    except (DeployError, PackagingError, AdminError) as problem:
        return _failed(str(problem))
    except PerchError as problem:
        return _failed(problem.detail)
    except ClientError as problem:
        said = problem.response["Error"].get("Message", str(problem))
        return _failed(f"AWS refused {problem.operation_name}: {said}")
    except BotoCoreError as problem:
        return _failed(f"AWS cannot be asked: {problem}")
    return 0


def _up(given: Namespace, place: Place) -> None:
    asked = wanted(given, place)
    if given.dry_run:
        _tell(deployment.told(place, asked))
        return
    place = found(place)
    print(export_lines(place, deployment.deploy(place, asked, _say)))


def _down(given: Namespace, place: Place) -> None:
    if given.dry_run or not given.yes:
        _tell(removal.told(place, data=given.data))
        if not given.dry_run:
            _say("Nothing has been done. With YES=1 it is.")
        return
    removal.destroy(found(place), _say, data=given.data)


def export_lines(place: Place, done: Deployed) -> str:
    """Return what a client is pointed at the stage with."""
    if done.admin.key:
        whose = f"# {done.admin.email}'s, shown this once"
    else:
        email = shlex.quote(done.admin.email)
        rotate = f"python -m infra.admin rotate {email} --stack {place.stack} --region {place.region}"
        whose = f"# made before; a new one: {rotate}"
    name = [f"Let a CNAME record of your domain name {done.domain_target}", ""] if done.domain_target else []
    return "\n".join(
        [
            "",
            *name,
            f"export EXPECTED_PARROT_URL={done.url}",
            f"export EXPECTED_PARROT_API_KEY={done.admin.key or 'KEY'}  {whose}",
        ]
    )


def _tell(steps: Sequence[str]) -> None:
    for number, step in enumerate(steps, start=1):
        print(f"{number}. {step}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
