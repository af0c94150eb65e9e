"""``python -m infra.prices``: make the table of the kept library, or check an operator's file and keep it."""

import argparse
import json
import sys
from pathlib import Path

from chalicelib.domain.errors import PerchError
from chalicelib.domain.object_keys import OPERATORS_PRICES
from chalicelib.domain.prices.file import read_prices, write_prices
from chalicelib.domain.providers.known import priced
from chalicelib.storage.prices import LIBRARY_FILE

PERCH_ERROR = 2


def main() -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.prices")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("library", help="write the table of the installed library of prices")
    put = commands.add_parser("put", help="check a price file and keep it in a stage's bucket")
    put.add_argument("file", type=Path)
    put.add_argument("--bucket", help="the stage's bucket; without it the file is only checked")
    given = parser.parse_args()
    if given.command == "library":
        from infra.prices.library import write_library  # noqa: PLC0415 - the library is slow to import

        print(f"{write_library(LIBRARY_FILE):,} models' prices are in {LIBRARY_FILE}.")
        return 0
    try:
        prices = read_prices(given.file.read_text(encoding="utf-8"), str(given.file), priced())
    except (OSError, UnicodeDecodeError) as problem:
        print(f"{given.file} cannot be read: {problem}.", file=sys.stderr)
        return PERCH_ERROR
    except PerchError as problem:
        print(problem.detail, file=sys.stderr)
        return PERCH_ERROR
    if given.bucket is None:
        print(f"All prices in {given.file} can be used: {len(prices):,}.")
        return 0
    from chalicelib.storage.aws.clients import s3  # noqa: PLC0415

    s3().put_object(Bucket=given.bucket, Key=OPERATORS_PRICES, Body=json.dumps(write_prices(prices)).encode())
    print(f"Prices kept: {len(prices):,}. They are in force when the stage lists its models again.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
