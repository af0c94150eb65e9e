"""What a running interpreter reads: its libraries, time zones, a few devices and public tables."""

import mimetypes
import os
import sys
import zoneinfo
from functools import cache
from importlib.util import find_spec
from pathlib import Path

OF_THE_SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/localtime", "/etc/ld.so.cache")
DEVICES = ("/dev/null", "/dev/urandom")
CERTIFICATES = ("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust")
"""Public ones: clients of providers load them when they are made, even if they reach nobody."""
NAMES = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf"),
    *("/etc/services", "/etc/protocols", "/etc/networks", "/etc/passwd", "/etc/group"),
    *("/etc/os-release", "/usr/lib/os-release", "/etc/lsb-release", "/etc/debian_version"),
)
"""How names become addresses, and what clients of providers tell of the machine they run on."""
NETWORK = ("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share", "/usr/local/share", "/sys/devices")
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
LIBRARY_VARIABLE = "LD_LIBRARY_PATH"
PACKAGES = ("site-packages", "dist-packages")


@cache
def of_the_interpreter() -> tuple[Path, ...]:
    """Return the paths, some of which may not exist here. A fork server finds them for all its children.

    ``/proc`` is not among them, nor is the folder that Perch itself lies in: a checkout holds more
    than code. Only its package does. The folder that edsl lies in is: on Lambda, where nothing is
    called ``site-packages``, it holds all libraries.
    """
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    packages = [entry for entry in sys.path if Path(entry).name in PACKAGES]
    own = str(Path(__file__).resolve().parents[2])
    named = (*prefixes, *packages, *_beside("edsl"), own, *OF_THE_SYSTEM, *DEVICES, *CERTIFICATES)
    # mimetypes reads these when it is first asked, and fails if one is there but cannot be read.
    tables = (*zoneinfo.TZPATH, *mimetypes.knownfiles)
    return tuple(Path(path) for path in dict.fromkeys((*named, *tables)))


def _beside(package: str) -> list[str]:
    found = find_spec(package)
    return [] if found is None or found.origin is None else [str(Path(found.origin).parents[1])]


def of_a_caller() -> tuple[Path, ...]:
    """Return what a process reads besides that makes connections by name, with certificates.

    Its own ``/proc`` entries are not among it: what a library wants from there it does without.
    """
    given = [os.environ.get(name, "") for name in CERTIFICATE_VARIABLES]
    given += os.environ.get(LIBRARY_VARIABLE, "").split(os.pathsep)
    named = (*NAMES, *NETWORK, *(entry for entry in given if entry))
    return (*of_the_interpreter(), *(Path(path) for path in dict.fromkeys(named)))
