"""Hold ``policies.yaml`` against records: ``python -m infra.grants DIRECTORY [--unused]``."""

import argparse
import sys
from pathlib import Path

from infra.grants.checking import refused, unused
from infra.grants.policies import read_policies
from infra.grants.recording import recorded


def main() -> int:
    """Print what does not fit; return the process's exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--unused", action="store_true", help="also look for grants that nothing needed")
    given = parser.parse_args()
    needed, policies = recorded(given.directory), read_policies()
    found = [*refused(needed, policies), *(unused(needed, policies) if given.unused else ())]
    fits = "Each function is granted what it needs" + (", and nothing else." if given.unused else ".")
    print("\n".join(found) or fits)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
