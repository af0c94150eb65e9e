"""What services say, as clients read it: the facts through the API's own views."""

from typing import Any

from chalicelib.api.views import cache as cache_views
from chalicelib.api.views import error_reports as error_report_views
from chalicelib.api.views import jobs as job_views
from chalicelib.api.views import results as result_views
from chalicelib.domain.accounts import Account
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.services.cache import browse
from chalicelib.services.reports import error_report as reports
from chalicelib.services.reports import job_list, status
from chalicelib.services.results import pages

ADDRESS = "https://perch.example.org/api"


def described(job: Job, *, with_document: bool = False) -> dict[str, Any]:
    """Return what is told of a job."""
    facts = status.describe(job, with_document=with_document)
    return job_views.described(facts, with_document=with_document)


def listed(account: Account, query: JobQuery, *, page: int, page_size: int) -> list[dict[str, Any]]:
    """Return one page of an account's list of jobs."""
    return [
        job_views.listed(one) for one in job_list.list_jobs(account, query, page=page, page_size=page_size)
    ]


def manifest(account: Account, job_id: str, *, page_size: int) -> dict[str, Any]:
    """Return how many pages a job's finished interviews have."""
    return result_views.manifest(pages.manifest(account, job_id, page_size=page_size))


def error_report(account: Account, job_id: str, run: int | None = None) -> str:
    """Return what went wrong with a job, to somebody who calls this Perch by ``ADDRESS``."""
    return reports.report_on(account, job_id, run, address=ADDRESS).markdown


def task_history(account: Account, job_id: str, run: int | None = None) -> dict[str, Any]:
    """Return a job's exceptions."""
    return error_report_views.task_history(reports.history(account, job_id, run))


def cache_statistics(account: Account) -> dict[str, Any]:
    """Return what an account's cache holds and has saved."""
    return cache_views.statistics(*browse.statistics(account))


def cache_statistics_of_job(account: Account, job_id: str) -> dict[str, Any]:
    """Return what the cache has saved one job."""
    return cache_views.statistics_of_job(job_id, browse.statistics_of_job(account, job_id))
