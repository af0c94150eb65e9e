"""How many interviews go into one slice of a job."""


def slice_size(total: int, *, workers_to_fill: int, smallest: int, largest: int) -> int:
    """Return the size of a job's slices, at least 1 and at most ``largest``.

    A small job is shared out among so many workers, but not in slices so small that starting one
    costs more than running it: there are fewer then, down to one, and all about as large. A large job gets
    slices that a worker finishes well within its time and whose rows it can hold: their number grows, not
    their size. Where the two limits contradict each other, ``largest`` counts.
    """
    slices = min(workers_to_fill, max(1, total // smallest))
    return min(largest, -(-total // slices))


def interviews_in_time(
    *, questions: int, calls_at_once: int, seconds_per_call: float, worker_seconds: float
) -> int:
    """Return how many interviews a worker is expected to finish in half of its time, at least 1.

    Half, because models are slower at times, and answers are asked anew where they were not valid.
    """
    calls = calls_at_once * (worker_seconds / 2) / seconds_per_call
    return max(1, int(calls / max(1, questions)))
