"""What ``GET models`` lists: what is offered, and what a release must find there before it sends anything."""

from collections.abc import Mapping, Sequence

from chalicelib.releases.release import RELEASES, release_of

Models = Mapping[str, Sequence[str]]


def listed_models(offered: Models, version: str | None) -> Models:
    """Return the models that a client is told of, by service.

    Who has sent no job yet may be of a release that needs more. A job that asks for what is not offered
    is refused.
    """
    asking = [release_of(version)] if version else RELEASES
    listed = dict(offered)
    for service, model in {each.sends_nothing_without for each in asking if each.sends_nothing_without}:
        if model not in listed.get(service, ()):
            listed[service] = [*listed.get(service, ()), model]
    return listed
