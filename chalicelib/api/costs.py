"""What jobs will cost."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.costs import CostAsked
from chalicelib.api.views import costs as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services.credits.estimate import told_of_payload

routes = Routes(__name__)


@routes.post("/remote-inference/cost")
def cost(account: Caller) -> Json:
    """Estimate a job that comes inside the request; nothing is kept of it."""
    body = routes.body(CostAsked).checked()
    return views.estimated(told_of_payload(account, body.json_string, body.iterations))
