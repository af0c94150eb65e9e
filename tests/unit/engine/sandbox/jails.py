"""The ways in which walls stand: as root and not, on a laptop and as on Lambda."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chalicelib.domain.runs.walls import Walls
from chalicelib.engine.sandbox import readable
from chalicelib.engine.sandbox.kernel import linux
from chalicelib.engine.sandbox.walls import Bounds, OptionalWall, enclose
from tests.unit.engine.sandbox.forked import Ending, forked

NOBODY = 65534
STRANGER = 61234
MEBIBYTE = 1 << 20
ALL = tuple(OptionalWall)


@dataclass(frozen=True)
class Jail:
    """One way of being enclosed."""

    name: str
    starts_as: int | None = None
    """The user that the process is before it is enclosed; None for whoever runs the tests."""
    user: int | None = None
    without: tuple[OptionalWall, ...] = ()

    @property
    def who(self) -> int:
        """The user inside."""
        return next(each for each in (self.user, self.starts_as, os.geteuid()) if each is not None)


def jails() -> list[Jail]:
    """Return those that whoever runs the tests can make."""
    own = [Jail("as it is"), Jail("as it is, like Lambda", without=ALL)]
    if os.geteuid() != 0:
        return own
    return [
        Jail("root"),
        Jail("root becomes a stranger", user=STRANGER),
        Jail("nobody", starts_as=NOBODY),
        Jail("nobody without Landlock", starts_as=NOBODY, without=(OptionalWall.LANDLOCK,)),
        Jail("root, like Lambda", without=ALL),
        Jail("nobody, like Lambda", starts_as=NOBODY, without=ALL),
    ]


@dataclass(frozen=True)
class Scene:
    """What a jail finds: its directory, what lies outside, and another process of the same user."""

    directory: Path
    outside: Path
    """A directory that everybody may write to, with a file ``secret`` in it."""
    victim: int = 0
    walls: Walls | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    """What was made before the walls."""

    @property
    def secret(self) -> Path:
        """A file that everybody may read and write."""
        return self.outside / "secret"


@contextmanager
def scene_for(jail: Jail) -> Iterator[Scene]:
    """Lay the scene out where every user can reach it."""
    root = Path(tempfile.mkdtemp(prefix="perch-walls-", dir="/tmp"))
    root.chmod(0o755)
    directory, outside = root / "own", root / "outside"
    for folder in (directory, outside):
        folder.mkdir()
        folder.chmod(0o777)
    scene = Scene(directory, outside)
    scene.secret.write_text("nobody else's")
    scene.secret.chmod(0o666)
    for extra in ("one", "two"):
        (directory / extra).write_text(extra)
        (directory / extra).chmod(0o666)
    if os.geteuid() == 0:
        for path in (directory, *directory.iterdir()):
            os.chown(path, jail.who, jail.who)
    try:
        yield scene
    finally:
        shutil.rmtree(root)


def bounds(jail: Jail, scene: Scene, **changes: Any) -> Bounds:
    """Return ample bounds."""
    ample = Bounds(
        directory=scene.directory,
        memory_bytes=512 * MEBIBYTE,
        processor_seconds=60,
        open_files=200,
        file_bytes=MEBIBYTE,
        readable=readable.of_the_interpreter(),
        user=jail.user,
    )
    return replace(ample, **changes)


def nothing(_: Scene) -> dict[str, Any]:
    """Make nothing before the walls."""
    return {}


def inside(
    jail: Jail,
    action: Callable[[Scene], Any],
    *,
    before: Callable[[Scene], dict[str, Any]] = nothing,
    enclosed: bool = True,
    **changes: Any,
) -> Ending:
    """Do ``action`` in a process behind the jail's walls, or in one that is the same but for them."""

    def do(scene: Scene) -> Any:
        if jail.starts_as is not None:
            os.setgroups([])
            os.setresgid(*(jail.starts_as,) * 3)
            os.setresuid(*(jail.starts_as,) * 3)
        scene = replace(scene, victim=victim(jail.who))
        scene = replace(scene, kept=before(scene))
        if enclosed:
            scene = replace(scene, walls=enclose(bounds(jail, scene, **changes), without=jail.without))
        return action(scene)

    with scene_for(jail) as scene:
        return forked(lambda: do(scene))


def victim(user: int) -> int:
    """Fork a process of this user that does nothing until its parent ends."""
    parent = os.getpid()
    heard, held = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with suppress(PermissionError):
                os.setresuid(user, user, user)
            linux.set_parent_death_signal(signal.SIGKILL)
            os.closerange(0, 256)
            while os.getppid() == parent:
                signal.sigtimedwait([signal.SIGUSR2], 5.0)
        finally:
            os._exit(0)
    os.close(held)
    os.read(heard, 1)  # until it has let go of everything
    os.close(heard)
    return pid
