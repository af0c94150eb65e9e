"""Note what runs cost beside what was expected of them, and tell it to whoever asks for the next estimate.

Only runs of one model are counted that came to their end with nothing answered from the cache: of others
nobody can say which model was dearer than expected. It is a hint; a run that is not counted is no matter.
"""

from collections.abc import Iterable

from chalicelib.domain.credits.funding import spent
from chalicelib.domain.estimates.accuracy import Accuracy
from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs.run import Run
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import LostRaceError

FEWEST = 3
"""Runs before anything is said."""


def note(run: Run) -> None:
    """Count a run that has ended, if it tells anything."""
    models = {ModelUse(usage.service, usage.model) for usage in run.usages}
    whole = run.recorded == run.total and not run.cache.cached
    if run.funding is None or not whole or len(models) != 1 or not run.funding.forecast.expected:
        return
    (model,) = models
    found = deps().credits.accuracies([model]).get(model, Accuracy())
    expected = run.funding.forecast.expected * run.total
    try:
        deps().credits.count_run(model, found, found.after(expected=expected, actual=spent(run.usages)))
    except LostRaceError:
        return  # another run was counted at just this moment


def earlier_runs(models: Iterable[ModelUse]) -> dict[ModelUse, Accuracy]:
    """Return how earlier estimates of some models did, where there were enough."""
    found = deps().credits.accuracies(models)
    return {model: accuracy for model, accuracy in found.items() if accuracy.runs >= FEWEST}
