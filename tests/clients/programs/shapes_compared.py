"""Run every shape of job locally and through Perch, with edsl 1.0.9; print what differs, as JSON."""

import contextlib
import io
import json
import sys
import traceback

from tests.support.comparison import comparable, document_of, run_locally
from tests.support.shapes import lift, shapes


def difference(shape):
    """Say how the remote run of a shape differs from the local one; None if it does not."""
    job = shape.build()
    remote, remote_failures = document_of(job.run(n=shape.iterations, verbose=False))
    local, local_failures = document_of(run_locally(lift(job), shape))
    if not shape.invalid and any(False in row["validated_dict"].values() for row in remote):
        return f"an answer is not valid: {remote!r}"
    if len(local) != len(remote):
        return f"{len(local)} local rows, {len(remote)} remote rows"
    for index, (ours, theirs) in enumerate(zip(remote, local, strict=True)):
        here, there = comparable(ours, shape), comparable(theirs, shape)
        for key in {*here, *there}:
            if here.get(key) != there.get(key):
                return f"row {index}, {key}: remote {here.get(key)!r}, local {there.get(key)!r}"
    if local_failures != remote_failures:
        return f"exceptions: remote {remote_failures!r}, local {local_failures!r}"
    return None


def main():
    chosen = [shape for shape in shapes().values() if not shape.refused_by_run]
    wanted = sys.argv[1:]
    found = {}
    for shape in chosen:
        if wanted and shape.name not in wanted:
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                found[shape.name] = difference(shape)
            except Exception:  # noqa: BLE001 - each shape stands alone
                found[shape.name] = traceback.format_exc()[-1500:]
        print(shape.name, found[shape.name], file=sys.stderr, flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
