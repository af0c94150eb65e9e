"""What S3 holds in a stack without ``--data``: bodies on disk, and nothing else of it.

The directory goes with the stack.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.local.data.bodies import OpenBody, keep_body
from infra.local.data.history import Body, Object


class PassingData:
    """The bodies of a local AWS that begins empty. Raises OSError."""

    def __init__(self, directory: Path) -> None:
        self.bodies = directory
        directory.mkdir(mode=0o700, exist_ok=True)
        for left in directory.iterdir():  # of a process that was killed
            left.unlink()
        self._files: dict[tuple[str, str], str] = {}

    def objects(self, _bucket: str) -> list[tuple[str, dict[str, Any], Body]]:
        """Return nothing: there was nothing before."""
        return []

    def open(self, place: Body) -> OpenBody:
        """Open the body of an object that is still there."""
        assert place.file is not None
        return OpenBody.of(self.bodies / place.file)

    def write(self, objects: Sequence[Object]) -> list[Body | None]:
        """Write down the bodies of changed objects, and remove those that they had before."""
        return [self._written(changed) for changed in objects]

    def _written(self, changed: Object) -> Body | None:
        place = (changed.bucket, changed.name)
        before = self._files.pop(place, None)
        made = None
        if changed.body is not None:
            made = self._files[place] = keep_body(self.bodies, changed.body).name
        if before is not None:
            (self.bodies / before).unlink(missing_ok=True)
        return None if made is None else Body(0, made)
