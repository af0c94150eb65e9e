"""The models that the operator's services offer, and what they cost."""

from chalicelib.api.http import Routes
from chalicelib.api.views import providers as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.releases.listed_models import listed_models
from chalicelib.services.credits.prices import current_prices
from chalicelib.services.providers import offered_limits, offered_models

routes = Routes(__name__)


@routes.get("/models")
def models(account: Caller) -> Json:
    """List models by service (0.1.37 and later)."""
    return dict(listed_models(offered_models(), account.release))


@routes.get("/working-models")
def working(_: Caller) -> Json:
    """List models, a row each (0.1.62 and later)."""
    return views.working_models(offered_models(), current_prices())


@routes.get("/prices")
def prices(_: Caller) -> Json:
    """List what models cost, a row for each kind of token (0.1.38 and later)."""
    return views.prices(current_prices(), offered_models())


@routes.get("/config-vars")
def config_vars(_: Caller) -> Json:
    """Tell how many requests and tokens a minute services take (0.1.38 and later)."""
    return views.config_vars(offered_limits())
