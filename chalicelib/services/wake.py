"""Send the messages that a run still needs.

A message may be lost between the write that calls for it and its sending (a crash). Whoever is
woken again repeats this; a message too many does no harm (P2).
"""

from chalicelib.domain.job import Job, Slice
from chalicelib.services.parts import parts


def slice_message(opened: Slice) -> dict[str, object]:
    """Return the message that makes a worker run a slice."""
    return {"job_id": opened.job_id, "run": opened.run, "start": opened.start}


def wake(job: Job) -> None:
    """Send a message for each open slice that nobody holds, or wake the finalizer."""
    run = parts().jobs.run(job.job_id, job.run)
    if run is None:
        return
    if run.finished:
        parts().finalize_queue.send([{"job_id": job.job_id, "run": run.number}])
        return
    now = parts().clock()
    waiting = [
        item
        for item in parts().jobs.slices(job.job_id, run.number)
        if not item.recorded and item.lease_until <= now
    ]
    parts().interviews_queue.send(slice_message(item) for item in waiting)
