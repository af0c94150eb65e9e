"""Give results that an earlier Perch kept their places in the lists of objects: it wrote none down.

Done once an account, a hundred jobs at a time, by the remover and whenever its list is asked for. It is kept
how far that has come.
"""

import contextlib
from collections.abc import Iterator

from chalicelib.services.deps import deps
from chalicelib.storage.aws.tables import in_batches
from chalicelib.storage.aws.transaction import LostRaceError, Transaction

AT_A_TIME = 100
"""Jobs."""
ALL_DONE = "~"
"""Sorts behind every job's place."""


def adopt_results(account_id: str) -> Iterator[None]:
    """Go on with an account's results; stops after some jobs, and begins there again the next time."""
    upto = deps().content_index.adopted_upto(account_id)
    if upto == ALL_DONE:
        return
    rest = (listed for listed in deps().job_removal.listed(account_id) if listed.place > upto)
    for jobs in in_batches(rest, AT_A_TIME):
        for listed in jobs:
            _adopt(deps().job_removal.traces(listed.job_id).contents)
        deps().content_index.note_adopted(account_id, jobs[-1].place)
        yield
    deps().content_index.note_adopted(account_id, ALL_DONE)


def _adopt(content_ids: tuple[str, ...]) -> None:
    for content in deps().contents.those(content_ids).values():
        if content.changes:
            continue  # with that it has got them
        transaction = Transaction()
        deps().contents.change(transaction, content, content)
        with contextlib.suppress(LostRaceError):
            transaction.commit()
