"""What clients tell of runs and errors on their own machines."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.client_reports import ErrorCreated, ErrorTold, LocalRunTold
from chalicelib.api.views import client_reports as views
from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.json_types import Json
from chalicelib.services import client_reports

routes = Routes(__name__)
MADE_BY_HAND = "error_create"


@routes.post("/local-job")
def begin(account: KeyHolder) -> Json:
    """Begin to keep how a run on the client's machine gets on; the request says nothing."""
    return views.begun(client_reports.begin_run(account))


@routes.patch("/local-job/{run_uuid}")
def tell(account: KeyHolder, run_uuid: str) -> Json:
    """Keep how far it is."""
    client_reports.tell_progress(account, run_uuid, routes.body(LocalRunTold).progress())
    return {"status": "success"}


@routes.post("/user_service_error_logs")
def log_error(account: KeyHolder) -> Json:
    """Keep an error that the client met when it asked a model itself, where remote logging is on."""
    told = routes.body(ErrorTold)
    return views.kept(
        client_reports.tell_error(account, told.error_type, told.error_message, trace=told.traceback)
    )


@routes.get("/user_service_error_logs")
def logged_errors(account: KeyHolder) -> Json:
    """Give the latest of them."""
    return views.errors(client_reports.latest_errors(account))


@routes.post("/errors")
def create_error(account: KeyHolder) -> Json:
    """Keep an error as 0.1.33 tells it."""
    told = routes.body(ErrorCreated)
    return views.kept(
        client_reports.tell_error(account, MADE_BY_HAND, told.json_string, release=told.version)
    )
