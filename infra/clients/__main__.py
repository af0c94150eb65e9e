"""Tell how the calls of two releases differ: ``python -m infra.clients 1.0.9 1.0.10``.

Both must have an environment: ``make .venvs/1.0.10/.ready``.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from infra.clients.calls import Calls, calls_of
from infra.repository import ROOT

PACKAGE = "lib/python3.11/site-packages/edsl"
OTHERS = ("human", "prolific", "project", "widget", "macro", "gateway", "run-log")
"""Words of paths that are nothing to Perch (client contract, section 9)."""


def differences(before: Calls, after: Calls) -> Iterator[str]:
    """Yield a line for each call that is new, gone, or sends or reads something else."""
    for call in sorted({*before, *after}):
        if any(word in call.path for word in OTHERS):
            continue
        name = f"{call.method} {call.path}"
        if call not in before:
            yield f"new      {name}: sends {_listed(after[call].sent)}; reads {_listed(after[call].read)}"
        elif call not in after:
            yield f"gone     {name}"
        else:
            old, new = before[call], after[call]
            changes = [
                f"{word} {_listed(fields)}"
                for word, fields in (
                    ("sends also", new.sent - old.sent),
                    ("no longer sends", old.sent - new.sent),
                    ("reads also", new.read - old.read),
                    ("no longer reads", old.read - new.read),
                )
                if fields
            ]
            if changes:
                yield f"changed  {name}: {'; '.join(changes)}"


def _listed(fields: set[str]) -> str:
    return ", ".join(sorted(fields)) or "nothing"


def package_of(release: str) -> Path:
    """Return where a release's source lies."""
    package = ROOT / ".venvs" / release / PACKAGE
    if not package.exists():
        raise SystemExit(f"edsl {release} is not here: make .venvs/{release}/.ready")
    return package


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before")
    parser.add_argument("after")
    said = parser.parse_args()
    before, after = calls_of(package_of(said.before)), calls_of(package_of(said.after))
    print(f"edsl {said.before} makes {len(before)} calls, {said.after} makes {len(after)}.")
    print("\n".join(differences(before, after)) or "No call differs.")


if __name__ == "__main__":
    main()
