"""Which rendering of a job's results whoever asks for them is given.

A request does not say which release it comes from. Known are the release that sent the job, the one that last
came with the key (two may share it), and how results are asked for: newer releases want a signed address.
"""

from chalicelib.releases.release import RELEASES, Release, release_of


def rendering_for(*, job: str, key: str | None, by_address: bool) -> Release:
    """Return for which release results are to be rendered; of those that load the same, the job's own.

    ``job`` and ``key`` are the versions that sent the job, and that came with the key if any has.
    """
    own = release_of(job)
    asking = [release_of(version) for version in (key, job) if version]
    if by_address:
        first = next(release for release in RELEASES if release.pulls_by_address)
        wanted = next((release for release in asking if release.pulls_by_address), first)
    else:
        # Newer releases load what was made for older ones, and may ask in this way, too.
        wanted = min(asking, key=RELEASES.index, default=own)
    if _loaded(own) == _loaded(wanted):
        return own
    return next(release for release in RELEASES if _way(release) == _way(wanted))


def _loaded(release: Release) -> tuple[object, ...]:
    """Return what tells whether two releases load the same rendering."""
    return release.results_keys, release.reads_task_history


def _way(release: Release) -> tuple[object, ...]:
    """The same, and how they ask for it."""
    return _loaded(release), release.pulls_by_address
