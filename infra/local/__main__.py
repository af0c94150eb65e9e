"""``python -m infra.local serve``: start the stack, print how to use it, run until told to stop."""

import importlib.util
import logging
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from infra.local import running
from infra.local.command_line.options import Options, parse
from infra.local.environment import aws_address
from infra.local.errors import StackError

# Tests and tools find the key by this line.
KEY_LINE = "The key of the local AWS is in "
REQUIRED = {
    "boto3": "boto3",
    "chalice": "chalice",
    "moto": "moto[server]",
    "psutil": "psutil",
    "flask": "moto[server]",
}


class _StopRequestedError(BaseException):
    """A signal asked the stack to stop; not an Exception, which botocore would take for its own."""


def main() -> int:
    """Return the exit code: 0 stopped as asked, 2 could not start."""
    try:
        options = parse(sys.argv[1:], os.environ)
        _check_packages()
        return _serve(options)
    except StackError as problem:
        print(problem, file=sys.stderr)
        return 2
    except Exception as problem:
        logging.getLogger("local_stack").exception("the stack failed")
        print(f"The stack failed ({type(problem).__name__}: {problem}); its logs say more.", file=sys.stderr)
        return 1


def _check_packages() -> None:
    for module, package in REQUIRED.items():
        if importlib.util.find_spec(module) is None:
            raise StackError(f"The package {package} is missing: run make setup.")


def _serve(options: Options) -> int:
    from infra.local import supervisor  # noqa: PLC0415  # only now is it certain that its packages are there

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    # Our own calls to the local AWS must not meet the profile or proxies of whoever started us.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    try:
        with supervisor.Supervisor(options) as stack:
            try:
                print("Starting the local stack …", flush=True)
                stack.start()
                here = running.Running(aws_address(options.aws_port), stack.key_file)
                with running.announced(options.port, here):
                    print(_welcome(options, stack.log_directory, stack.key_file), flush=True)
                    while True:
                        time.sleep(supervisor.WATCH_SECONDS)
                        stack.watch()
            finally:
                # From here on nothing may interrupt the ending of the processes.
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
    except _StopRequestedError:
        print("Stopped.", flush=True)
    return 0


def _welcome(options: Options, log_directory: Path, key_file: Path) -> str:
    url = options.public_url
    if options.accounts:
        key = options.accounts[0].key
        whose = f"# the account of {options.accounts[0].email}"
    else:
        key = "KEY"
        whose = f"# an account's: python -m infra.admin create EMAIL --local --port {options.port}"
    more = [f"Account: {account.email}" for account in options.accounts[1:]]
    lines = [
        "",
        f"Perch answers at {url} (health: {url}/health).",
        f"Its local AWS answers at {aws_address(options.aws_port)}; logs are in {log_directory}.",
        f"{KEY_LINE}{key_file}",
        *more,
        "Point a client at it:",
        "",
        f"export EXPECTED_PARROT_URL={url}",
        f"export EXPECTED_PARROT_API_KEY={shlex.quote(key)}  {whose}",
        "",
        f"Stop it with Ctrl-C or: kill {os.getpid()}",
    ]
    return "\n".join(lines)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _StopRequestedError


if __name__ == "__main__":
    sys.exit(main())
