"""Users of unmodified clients wait for the server, and not for their client's sleep."""

from datetime import datetime

import pytest

from chalicelib.releases.polling import polling_of
from tests.clients.conftest import RELEASES, Client, Perch
from tests.journey.client import ByHand

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]
CALL_SECONDS = 2.0


@pytest.mark.parametrize("release", RELEASES)
def test_a_client_asks_once_and_is_answered_at_its_job_s_end(
    perch: Perch, client: Client, account: ByHand, release: str
) -> None:
    perch.provider.delay = CALL_SECONDS
    try:
        said = client(release, "waited", "openai", "gpt-4o", "12", "3", hurried=False)
    finally:
        perch.provider.delay = 0
    assert said.code == 0, said.errors
    assert said.last["rows"] == 12
    (job,) = account.ask("GET", "/api/v0/remote-inference/list").json()
    times = [datetime.fromisoformat(item["time"]) for item in account.history(job["uuid"])]
    server_seconds = (times[-1] - times[0]).total_seconds()
    assert server_seconds > CALL_SECONDS
    # On a machine that takes longer than a request can be held, clients ask once more for each such time.
    assert said.last["asked"] <= 1 + server_seconds // polling_of(release).hold_seconds
