"""Names of providers that lead to this machine: in processes that are started with this on their path.

Python imports ``sitecustomize`` by itself. In it names are looked up here and nowhere else: what has no
place in the table cannot be found, so nothing that is asked gets out.
"""

from collections.abc import Mapping
from pathlib import Path

PROGRAM = '''\
"""Made by tests/support/resolver.py: each host has an address of its own, behind which is a port here."""

import socket

PORTS = {ports!r}
HERE = "127.0.0.1"
ADDRESSES = {{name: f"127.1.0.{{number}}" for number, name in enumerate(PORTS, start=1)}}
BEHIND = {{ADDRESSES[name]: port for name, port in PORTS.items()}}
look_up, connect = socket.getaddrinfo, socket.socket.connect


def getaddrinfo(host, port, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name in (HERE, "localhost", None) or name in BEHIND:
        return look_up(host, port, *args, **kwargs)
    if name not in ADDRESSES:
        raise socket.gaierror(socket.EAI_NONAME, f"{{name}} is not in the test's table")
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ADDRESSES[name], port))]


def connect_there(self, address):
    if isinstance(address, tuple) and address[0] in BEHIND:
        address = (HERE, BEHIND[address[0]])
    return connect(self, address)


socket.getaddrinfo = getaddrinfo
socket.socket.connect = connect_there
'''


def write_resolver(folder: Path, ports: Mapping[str, int]) -> Path:
    """Write what makes hosts lead to ports of this machine; returns the folder that belongs on the path."""
    (folder / "sitecustomize.py").write_text(PROGRAM.format(ports=dict(ports)))
    return folder
