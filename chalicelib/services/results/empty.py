"""Results of a job that has none, for client releases that would otherwise run it themselves.

They have no rows, and say in their task history why. Where a release reads none, a row without answers says
it; 0.1.42 also takes results without rows for no results, and would run the job. Nothing is kept of them but
a file that is made when they are asked for; they go by the id of their job.
"""

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.placeholder import own_exception
from chalicelib.domain.status import JobStatus
from chalicelib.releases.release import release_of
from chalicelib.releases.render import as_object, render
from chalicelib.services.deps import deps
from chalicelib.services.job_files.subset import plan_of

NO_SURVEY: Document = {
    "questions": [],
    "memory_plan": {"survey_question_names": [], "survey_question_texts": [], "data": {}},
    "rule_collection": {"rules": [], "num_questions": 0},
    "question_groups": {},
}
"""Where a job was never planned, nothing is known of its survey."""

NOT_ASKED: Document = {
    "agent": {"traits": {}},
    "model": {"model": "test", "parameters": {}, "inference_service": "test"},
    "iteration": 0,
    "prompt": {},
    "raw_model_response": {},
    "question_to_attributes": {},
    "generated_tokens": {},
}
WHY = "why_there_are_no_answers"


def told_results_id(job: Job) -> str | None:
    """Return the id of a job's results as its client is told it."""
    return job.job_id if has_empty_results(job) else job.results_id


def has_empty_results(job: Job) -> bool:
    """Tell whether a job has ended without results, and its client must be given some all the same."""
    return job.results_id is None and job.status in release_of(job.release).runs_itself_after


def write_empty_results(job: Job) -> None:
    """Write them down where results of the job would lie."""
    release, files = release_of(job.release), JobKeys.of(job)
    survey = plan_of(job).survey if job.plan else NO_SURVEY
    ended = "The job was cancelled." if job.status is JobStatus.CANCELLED else "The job failed."
    problem = f"{ended} {job.reason or ''}".strip()
    rows = () if release.reads_task_history else (_row(survey, problem),)
    failures = [InterviewRow(index=0, row={}, exceptions={"": [own_exception("JobNotRunError", problem)]})]
    document = list(render(release, survey=survey, rows=rows, failures=failures))
    deps().files.write(files.results(job.run, release.name), "".join(document).encode())
    wrapped = "".join(as_object(document, "results"))
    deps().files.write(files.results_object(job.run, release.name), wrapped.encode())


def _row(survey: Document, problem: str) -> InterviewRow:
    """Return a row without answers, whose scenario says why."""
    names = [question["question_name"] for question in survey["questions"] if "question_name" in question]
    return InterviewRow(
        index=0, row={**NOT_ASKED, "scenario": {WHY: problem}, "answer": dict.fromkeys(names)}
    )
