"""Remember which release of edsl comes with a key: most requests do not say, and releases differ."""

from chalicelib.domain.accounts import Caller, KeyHolder
from chalicelib.releases.release import version_numbers
from chalicelib.services.deps import deps


def note_release(caller: Caller, version: str | None) -> None:
    """Write down the version that a request names, if its key came with another one before.

    What is no version is not remembered. It goes with the key: each laptop may have its own release.
    """
    if isinstance(caller, KeyHolder) and version and version != caller.release and version_numbers(version):
        deps().keys.note_release(caller.key, version)
