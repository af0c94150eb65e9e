"""Where a job's files lie: each below its own account's prefix (P7)."""

from dataclasses import dataclass

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.slice import RecordedSlice, Slice


@dataclass(frozen=True)
class JobKeys:
    """The names of one job's files.

    What is written down when a job is planned lies below its ``plan``, of which every attempt at
    planning has one of its own: what one of them has written, no other one can change.
    """

    account_id: str
    job_id: str
    plan: str = ""

    @classmethod
    def of(cls, job: Job) -> "JobKeys":
        """Return the names of a job's files, those of the plan it runs by among them."""
        return cls(job.account_id, job.job_id, job.plan)

    @property
    def _prefix(self) -> str:
        return f"account/{self.account_id}/job/{self.job_id}"

    @property
    def folders(self) -> tuple[str, ...]:
        """What all files of the job begin with, whatever they are."""
        return f"{self._prefix}/", f"passing/{self._prefix}/"

    @property
    def upload(self) -> str:
        """What the client sent; it can be overwritten for as long as its signed address lives."""
        return f"{self._prefix}/upload.json"

    @property
    def original(self) -> str:
        """What the client sent, as it was when the job was planned."""
        return f"{self._prefix}/plan/{self.plan}/original.json"

    @property
    def head(self) -> str:
        """What is to be known of a planned job: its survey, and where its rows are."""
        return f"{self._prefix}/plan/{self.plan}/head.json"

    def list(self, name: str) -> str:
        """The rows of one of a planned job's lists, if they are many; a line each."""
        return f"{self._prefix}/plan/{self.plan}/{name}.jsonl"

    def slice(self, part: Slice | RecordedSlice) -> str:
        """Rows of one slice as one holder of it wrote them, a line an interview."""
        return f"{self._prefix}/run/{part.run:04d}/slice/{part.start:09d}-{part.claims:04d}.jsonl"

    def answer(self, run: int, name: str) -> str:
        """An answer of a provider that is too large for an item."""
        return f"{self._prefix}/run/{run:04d}/answer/{name}.json"

    def manifest(self, run: int, name: str) -> str:
        """Which of the job's interviews a run does again; every attempt at planning it writes its own."""
        return f"{self._prefix}/run/{run:04d}/manifest/{name}.txt"

    def rows(self, run: int) -> str:
        """Canonical rows of a job's interviews after a run of it, in order, a line an interview."""
        return f"{self._prefix}/run/{run:04d}/rows.jsonl"

    def rows_index(self, run: int) -> str:
        """Where in that file they are."""
        return f"{self._prefix}/run/{run:04d}/rows.index.json"

    def table(self, run: int) -> str:
        """A run's results as a table in columns (Parquet)."""
        return f"{self.table_folder(run)}table.parquet"

    def table_layout(self, run: int) -> str:
        """Which columns the table has, and where in its file they lie."""
        return f"{self.table_folder(run)}layout"

    def table_download(self, run: int, form: str) -> str:
        """The results of a run in a form that somebody has asked for."""
        return f"{self.table_folder(run)}download.{form}"

    def table_folder(self, run: int) -> str:
        """What all that is made of a run's table begins with."""
        return f"{self._prefix}/run/{run:04d}/table/"

    def results_folder(self, run: int) -> str:
        """What all renderings of a run's results begin with."""
        return f"{self._prefix}/run/{run:04d}/results/"

    def work_folders(self, run: int) -> tuple[str, ...]:
        """What all files begin with that were written down while a run went on."""
        return tuple(f"{self._prefix}/run/{run:04d}/{kind}/" for kind in ("slice", "answer", "manifest"))

    def passing(self, name: str) -> str:
        """An answer that is too large for a function; the bucket forgets it after a day."""
        return f"passing/{self._prefix}/{name}.json"

    def results(self, run: int, release: str) -> str:
        """Results as one release loads them."""
        return f"{self.results_folder(run)}{release}.json"

    def results_object(self, run: int, release: str) -> str:
        """The same as ``GET object`` answers it."""
        return f"{self.results_folder(run)}{release}.object.json"
