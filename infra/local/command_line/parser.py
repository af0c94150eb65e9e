"""What can be given on the command line of the local stack."""

import argparse
from pathlib import Path
from typing import NoReturn

from infra.local.command_line.entries import ACCOUNTS_VARIABLE, DEFAULT_CREDITS, SERVICES_VARIABLE
from infra.local.errors import StackError
from infra.local.packaged.description import FILE
from infra.repository import RESOURCES, ROOT

DEFAULT_PORT = 8700
DEFAULT_START_SECONDS = 300.0
"""For parts that hang: one that ends is noticed at once, and a busy machine is slow."""
MODELS = ("smollm2", "none")
EPILOG = (
    "Keys on a command line are seen by every user of the machine. Give them in files, or one a line in the "
    f"variables {ACCOUNTS_VARIABLE} and {SERVICES_VARIABLE}."
)


class _SentenceParser(argparse.ArgumentParser):
    """argparse prints a usage block before its complaint; a sentence is enough here."""

    def error(self, message: str) -> NoReturn:
        raise StackError(f"{message[:1].upper()}{message[1:]} (--help shows what can be given).")


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line; it raises StackError for what it cannot read."""
    whole = _SentenceParser(prog="python -m infra.local", description="Perch on this machine.")
    commands = whole.add_subparsers(dest="command", required=True, metavar="serve")
    serve = commands.add_parser("serve", help="start the stack and keep it running", epilog=EPILOG)
    serve.add_argument("--port", type=int, default=DEFAULT_PORT, help="of the API (default %(default)s)")
    serve.add_argument(
        "--host", metavar="ADDRESS",
        help="listen there as well, such as 0.0.0.0 or 192.168.1.5 (default: this machine only)",
    )  # fmt: skip
    serve.add_argument(
        "--public-url", metavar="URL",
        help="how clients reach it, behind a reverse proxy: https://perch.example.org",
    )  # fmt: skip
    serve.add_argument("--aws-port", type=int, help="of the local AWS (default: the next one)")
    serve.add_argument(
        "--accounts-file", action="append", default=[], type=Path, metavar="FILE",
        help=f"open the accounts in it: EMAIL=KEY[:CREDITS] a line ({DEFAULT_CREDITS} credits unless told)",
    )  # fmt: skip
    serve.add_argument(
        "--services-file", action="append", default=[], type=Path, metavar="FILE",
        help="where services are reached and their keys: NAME=URL[=KEY] a line (a URL with a query takes no"
        " key; an empty URL is the provider's own: openai==KEY); behind it may stand what its provider"
        " takes: rpm=N requests and tpm=N tokens a minute, calls=N in flight, seconds=N for one call",
    )  # fmt: skip
    serve.add_argument(
        "--account", action="append", default=[], metavar="EMAIL=KEY[:CREDITS]",
        help="one account, seen by all users of this machine (repeatable)",
    )  # fmt: skip
    serve.add_argument(
        "--service", action="append", default=[], metavar="NAME=URL[=KEY]",
        help="one service, likewise (repeatable)",
    )  # fmt: skip
    serve.add_argument(
        "--prices-file", type=Path, metavar="FILE",
        help="what models cost here, in US dollars per million tokens: CSV or JSON with service, model,"
        " input, cached_input, output; it comes before the prices that Perch knows",
    )  # fmt: skip
    serve.add_argument(
        "--workers", type=int, default=2, help="slices that run at the same time (default %(default)s)"
    )
    serve.add_argument(
        "--model", choices=MODELS, default="none",
        help="smollm2 serves the embedded model as service openai_compatible (default %(default)s)",
    )  # fmt: skip
    serve.add_argument(
        "--data", type=Path, metavar="DIR",
        help="keep accounts, jobs, cache and results there over any stop (default: they end with the stack)",
    )  # fmt: skip
    serve.add_argument(
        "--start-seconds", type=float, default=DEFAULT_START_SECONDS,
        help="how long a part may take to start (default %(default)g; one that ends is noticed at once)",
    )  # fmt: skip
    serve.add_argument(
        "--log-dir", type=Path, help="of the parts' logs (default: in --data, or printed at start)"
    )
    serve.add_argument(
        "--packaged", nargs="?", type=Path, const=FILE, metavar="FILE",
        help="run the functions of the built package, as Lambda does (`make serve PACKAGED=1` builds it)",
    )  # fmt: skip
    # The tests bring applications of their own, with short time limits and few resources.
    serve.add_argument("--app", default="app", help=argparse.SUPPRESS)
    serve.add_argument("--schedule-seconds", type=float, help=argparse.SUPPRESS)
    serve.add_argument("--config", type=Path, default=ROOT / ".chalice/config.json", help=argparse.SUPPRESS)
    serve.add_argument("--template", type=Path, default=RESOURCES, help=argparse.SUPPRESS)
    return whole
