"""``python -m infra.admin COMMAND``: do one thing for the operator of a stage, and say what came of it."""

import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import PerchError
from infra.admin.command_line import parse
from infra.admin.connection import connect
from infra.admin.errors import AdminError


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 0 done, 1 refused by Perch, 2 it could not be asked."""
    try:
        given = parse(arguments)
        connect(given)
        given.run(given)
    except PerchError as problem:
        print(problem.detail, file=sys.stderr)
        return 1
    except AdminError as problem:
        print(problem, file=sys.stderr)
        return 2
    except (ClientError, BotoCoreError) as problem:
        print(f"AWS refused or did not answer: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
