"""Results, as clients read them."""

from chalicelib.domain.json_types import Document
from chalicelib.releases.release import told_status
from chalicelib.services.results.pages import Manifest


def manifest(found: Manifest) -> Document:
    """Return what ``GET …/results/manifest`` answers (client contract, section 3.3)."""
    return {
        "job_id": found.job.job_id,
        "status": told_status(found.job),
        "total_interviews": found.interviews,
        "page_size": found.page_size,
        "page_count": found.page_count,
        # Each interview says its own; a list of all would grow with the job (P6), and nobody reads it.
        "interview_ids": None,
    }
