"""Models by service, as each release wants them named."""

import edsl
from edsl import Model

# The oldest release knows services only by the names of their models.
NAMES_SERVICES = edsl.__version__ != "0.1.33"
# 0.1.38 knows them, and yet sends models without.
SENDS_SERVICES = not edsl.__version__.startswith("0.1.3")


def openai_model(name, **parameters):
    return model("openai", name, **parameters)


def model(service, name, **parameters):
    named = {"service_name": service} if NAMES_SERVICES else {}
    return Model(name, **named, **parameters)


def model_as_it_was_saved(service, name):
    """Return a model with the parameters that releases before 1.0.9 gave it, as reading an old one does."""
    made = model(service, name)
    saved = made.to_dict()
    saved["parameters"].pop("reasoning_effort", None)
    return type(made).from_dict(saved)
