"""Who goes first where there are fewer processors than there is work: what serves everybody.

Say both workers of a laptop are busy with ten thousand short interviews, and another account sends one. Its
request, its plan and its results are not to wait for a processor behind the others' interviews.
"""

import os
from contextlib import suppress
from pathlib import Path

BEHIND = 5
"""How far children stand behind what serves everybody: with a third of their weight."""
FURTHER = 10
"""How far a child that makes room stands behind the one it makes room for: with a tenth of its weight."""
SESSION = Path("/proc/self/autogroup")
"""Where Linux weighs whole sessions against each other, and processes only within one."""


def stand_behind() -> None:
    """Have this process, its session, and all that it will fork wait for others' work."""
    os.nice(BEHIND)
    with suppress(OSError):  # not every kernel weighs sessions
        SESSION.write_text(str(BEHIND))


def come_later(leader: int) -> None:
    """Have a process group wait longer than others of its session; one that is gone needs no processor."""
    with suppress(ProcessLookupError, PermissionError):
        os.setpriority(os.PRIO_PGRP, leader, os.getpriority(os.PRIO_PROCESS, leader) + FURTHER)
