"""Compare what functions were seen to need with what they are granted."""

from collections.abc import Iterator, Mapping, Set

from infra.grants.needs import Need
from infra.grants.policies import Policy

Needed = Mapping[str, Set[Need]]
Policies = Mapping[str, Policy]


def refused(needed: Needed, policies: Policies) -> Iterator[str]:
    """Yield a sentence for each call that AWS would refuse."""
    for function, called in sorted(needed.items()):
        if function not in policies:
            yield f"{function} is not in policies.yaml."
            continue
        for need in sorted(called - set(policies[function].grants())):
            yield f"{function} needs {need.action} {need.target}, which policies.yaml does not grant."


def unused(needed: Needed, policies: Policies) -> Iterator[str]:
    """Yield a sentence for each grant that nothing needed, and for each that is wrongly called rare."""
    for function, policy in sorted(policies.items()):
        granted, rare, called = set(policy.grants()), policy.rare(), needed.get(function, set())
        for need in sorted(granted - called - rare - set(policy.implied())):
            yield (
                f"{function} is granted {need.action} {need.target}, and nothing needed it:"
                " take it out, or say why under rarely."
            )
        for need in sorted(rare - granted):
            yield f"{function}: under rarely is {need.action} {need.target}, which is not granted."
        for need in sorted(rare & called):
            yield f"{function}: {need.action} {need.target} is not rare: a test of the whole stack needed it."
