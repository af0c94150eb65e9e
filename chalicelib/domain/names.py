"""Where a job's files lie: each below its account's own prefix (P7)."""

from dataclasses import dataclass

OFFERED_MODELS = "house/models.json"
"""The models of the operator's services; belongs to the house, not to an account."""


@dataclass(frozen=True)
class JobFiles:
    """The names of one job's files."""

    account_id: str
    job_id: str

    @property
    def _prefix(self) -> str:
        return f"account/{self.account_id}/job/{self.job_id}"

    @property
    def upload(self) -> str:
        """What the client sent; it can be overwritten for as long as its signed address lives."""
        return f"{self._prefix}/upload.json"

    @property
    def original(self) -> str:
        """What the client sent, as it was when the job was dispatched."""
        return f"{self._prefix}/original.json"

    @property
    def prepared(self) -> str:
        """The job in the form the engine loads."""
        return f"{self._prefix}/prepared.json"

    def slice(self, run: int, start: int) -> str:
        """Rows of one recorded slice, a line an interview."""
        return f"{self._prefix}/run/{run:04d}/slice/{start:09d}.jsonl"

    def rows(self, run: int) -> str:
        """Canonical rows of a whole run, in order, a line an interview."""
        return f"{self._prefix}/run/{run:04d}/rows.jsonl"

    def results(self, run: int, release: str) -> str:
        """Results as one release loads them."""
        return f"{self._prefix}/run/{run:04d}/results/{release}.json"

    def results_object(self, run: int, release: str) -> str:
        """The same as ``GET object`` answers it."""
        return f"{self._prefix}/run/{run:04d}/results/{release}.object.json"
