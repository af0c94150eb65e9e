"""Models by service, as each release wants them named."""

import edsl
from edsl import Model

# The oldest releases know services only by the names of their models.
NAMES_SERVICES = not edsl.__version__.startswith("0.1.3")


def openai_model(name):
    return model("openai", name)


def model(service, name):
    return Model(name, service_name=service) if NAMES_SERVICES else Model(name)
