"""A job that comes whole within a request."""

from chalicelib.domain.errors import TooLargeError
from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.payload import read_payload
from chalicelib.releases.prepare import check_shape
from chalicelib.services.deps import deps


def read_inline(payload: str, *, done: str) -> tuple[bytes, Document]:
    """Return a job as it is to be kept, and what it says; ``done`` is what this Perch does with one.

    Raises NotAnEdslJobError, TooLargeError.
    """
    chosen = deps().settings
    # A lone surrogate, which JSON can spell, is no UTF-8: it is refused like any other text that is none.
    data = payload.encode(errors="surrogatepass")
    limit = min(chosen.maximum_job_bytes, chosen.maximum_inline_bytes)
    if len(data) > limit:
        raise TooLargeError(f"The job has {len(data):,} bytes; this Perch {done} {limit:,} at the most.")
    return data, check_shape(read_payload(data, maximum_depth=chosen.maximum_depth))
