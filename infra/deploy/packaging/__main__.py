"""``python -m infra.deploy.packaging``: build the package and say how large its zips are."""

import argparse
import sys

from infra.deploy.packaging.archive import LARGEST_UNZIPPED, MEGABYTE, shares
from infra.deploy.packaging.chalice_package import ARCHITECTURES
from infra.deploy.packaging.errors import PackagingError
from infra.deploy.packaging.package import build

SHOWN = 12
"""Libraries."""


def main() -> int:
    """Build; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.deploy.packaging", description="Build what goes to AWS."
    )
    parser.add_argument(
        "--architecture", choices=ARCHITECTURES, default="arm64", help="of the functions (default arm64)"
    )
    given = parser.parse_args()
    try:
        package = build(given.architecture)
    except PackagingError as problem:
        print(problem, file=sys.stderr)
        return 1
    for part in package.zips:
        print(f"{part.archive}: {part.zipped_bytes / MEGABYTE:.1f} MB")
        print(
            f"unzipped: {part.unzipped_bytes / MEGABYTE:.1f} MB "
            f"of the {LARGEST_UNZIPPED / MEGABYTE:.0f} MB that Lambda takes"
        )
        largest = [f"{name} {share / MEGABYTE:.1f}" for name, share in shares(part.contents)[:SHOWN]]
        print(f"of it, in MB: {', '.join(largest)}, …")
    print(f"template: {package.template}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
