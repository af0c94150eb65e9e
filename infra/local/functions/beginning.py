"""How each process begins in which a function is invoked, wherever the function is from."""

import argparse
import socket

from infra.local.parts.kernel import name_this_process
from infra.local.parts.lifeline import die_with_supervisor


def begun(parser: argparse.ArgumentParser) -> tuple[argparse.Namespace, socket.socket]:
    """Return what the process was told, and its connection to the runtime; it dies with the supervisor.

    ``parser`` knows where the function is from.
    """
    parser.add_argument("--handler", required=True)
    parser.add_argument("--megabytes", type=int, required=True)
    parser.add_argument("--descriptor", type=int, required=True)
    given = parser.parse_args()
    die_with_supervisor()
    name_this_process(given.handler)
    connection = socket.socket(fileno=given.descriptor)
    # Children of the handler must not keep the socket open when this process is killed.
    connection.set_inheritable(False)
    return given, connection
