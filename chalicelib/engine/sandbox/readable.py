"""What a running interpreter reads: its libraries, time zones, a few devices and public tables."""

import mimetypes
import sys
import zoneinfo
from pathlib import Path

OF_THE_SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/localtime", "/etc/ld.so.cache")
DEVICES = ("/dev/null", "/dev/urandom")
CERTIFICATES = ("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust")
"""Public ones: clients of providers load them when they are made, even if they reach nobody."""
PACKAGES = ("site-packages", "dist-packages")


def of_the_interpreter() -> tuple[Path, ...]:
    """Return the paths, some of which may not exist here.

    ``/proc`` is not among them, nor is the folder that Perch itself lies in: a checkout holds more
    than code. Only its package does.
    """
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    packages = [entry for entry in sys.path if Path(entry).name in PACKAGES]
    own = str(Path(__file__).resolve().parents[2])
    named = (*prefixes, *packages, own, *OF_THE_SYSTEM, *DEVICES, *CERTIFICATES)
    # mimetypes reads these when it is first asked, and fails if one is there but cannot be read.
    tables = (*zoneinfo.TZPATH, *mimetypes.knownfiles)
    return tuple(Path(path) for path in dict.fromkeys((*named, *tables)))
