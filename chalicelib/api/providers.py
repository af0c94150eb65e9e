"""The models that the operator's services offer."""

from chalicelib.api.http import Routes
from chalicelib.api.views import providers as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services.providers import offered_models

routes = Routes(__name__)


@routes.get("/models")
def models(_: Caller) -> Json:
    """List models by service (0.1.38 and later)."""
    return offered_models()


@routes.get("/working-models")
def working(_: Caller) -> Json:
    """List models, a row each (0.1.62 and later)."""
    return views.working_models(offered_models())
