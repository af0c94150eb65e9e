"""The models that the operator's services offer."""

from chalice.app import Blueprint

from chalicelib.api.border import answered, caller
from chalicelib.domain.json_types import Json
from chalicelib.services.providers import offered_models, working_models

routes = Blueprint(__name__)


@routes.route("/api/v0/models", methods=["GET"])
@answered
def models() -> Json:
    """List models by service (0.1.38 and later)."""
    caller(routes)
    return offered_models()


@routes.route("/api/v0/working-models", methods=["GET"])
@answered
def working() -> Json:
    """List models, a row each (0.1.62 and later)."""
    caller(routes)
    return working_models()
