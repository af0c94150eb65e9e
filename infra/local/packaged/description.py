"""What the local stack must know of a built package, in a file that the packaging leaves beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.local.errors import StackError
from infra.repository import ROOT

FILE = ROOT / "build" / "package" / "local.json"
HOW = "`make serve PACKAGED=1` builds it."


@dataclass(frozen=True)
class Refusal:
    """What API Gateway answers by itself."""

    status: int
    body: str


@dataclass(frozen=True)
class Description:
    """A package for this machine: where it is unpacked, and what API Gateway knows of it."""

    python: Path
    """A Python without any library."""
    runtime: Path
    """What Lambda has beside the package: its runtime interface client."""
    contents: Mapping[str, Path]
    """By function."""
    routes: Mapping[str, Sequence[str]]
    """The methods by the path of the template: ``/job/{id}``."""
    binary_types: Sequence[str]
    refusals: Mapping[str, Refusal]
    """By API Gateway's own names for them."""

    def write(self, file: Path) -> None:
        """Leave it for the local stack."""
        file.write_text(json.dumps(asdict(self), default=str))


def read_description(file: Path) -> Description:
    """Return what was left of a package. Raises StackError."""
    try:
        told = json.loads(file.read_text())
        return Description(
            python=Path(told["python"]),
            runtime=Path(told["runtime"]),
            contents={function: Path(folder) for function, folder in told["contents"].items()},
            routes=told["routes"],
            binary_types=told["binary_types"],
            refusals={name: Refusal(**refusal) for name, refusal in told["refusals"].items()},
        )
    except OSError as problem:
        raise StackError(f"There is no package for this machine at {file}: {HOW}") from problem
    except (ValueError, KeyError, TypeError) as problem:
        raise StackError(f"{file} is from another version of Perch: {HOW}") from problem
