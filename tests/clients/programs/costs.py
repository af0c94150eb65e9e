"""What two of edsl's examples would cost, and what the client makes of prices and limits, as JSON."""

import json

from edsl import QuestionMultipleChoice, Survey
from edsl.coop import Coop
from edsl.jobs import Jobs

from tests.clients.programs.models import NAMES_SERVICES

coop = Coop()
example = coop.remote_inference_cost(Jobs.example())
choice = coop.remote_inference_cost(Survey([QuestionMultipleChoice.example()]))
prices = coop.fetch_prices() if NAMES_SERVICES else {}
print()
print(
    json.dumps(
        {
            "example": example,
            "choice": choice,
            "gpt-4o": prices.get(("openai", "gpt-4o")),
            "limits": coop.fetch_rate_limit_config_vars() if NAMES_SERVICES else None,
        }
    )
)
"""The oldest release asks a sheet on the web for prices, and nobody for limits."""
