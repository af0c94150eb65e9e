"""What went wrong with a job, at the address that clients print."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.reports import error_report
from chalicelib.web.http import HOME, Routes
from chalicelib.web.rendering import markdown_as_html

routes = Routes(__name__, prefix=f"{HOME}/error")
DIGITS_OF_A_RUN = 4


@routes.get("/{job_uuid}")
def report(account: KeyHolder, job_uuid: str) -> Response:
    """Show the report on a job's latest run; ``?run=`` names an earlier one."""
    number = routes.raw_query().get("run")
    if number is not None and not (number.isascii() and number.isdigit() and len(number) <= DIGITS_OF_A_RUN):
        raise InvalidRequestError("run: the number of a run of the job was expected: 1, 2, …")
    found = error_report.report_on(account, job_uuid, int(number) if number else None, address=routes.address)
    return routes.page(
        "error_report.html",
        account=account,
        job_id=job_uuid,
        report=markdown_as_html(found.text),
        next_steps=found.next_steps,
        can_be_retried=found.can_be_retried,
    )
