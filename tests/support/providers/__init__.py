"""A fake provider that speaks each provider's own protocol, and does whatever a test has it do.

``FakeProvider`` is the server, ``Behaviour`` what it does with a question, ``PROTOCOLS`` the protocol of each
of edsl's services. ``tests/contract/test_fake_providers.py`` asks it with each provider's own client.
"""

from tests.support.providers.behaviour import Behaviour, Kind, Usage
from tests.support.providers.server import FakeProvider
from tests.support.providers.services import PROTOCOLS

__all__ = ["PROTOCOLS", "Behaviour", "FakeProvider", "Kind", "Usage"]
