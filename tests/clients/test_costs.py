"""What jobs will cost and have cost, as unmodified clients read it."""

import pytest

from tests.clients.conftest import RELEASES, Client

pytestmark = [pytest.mark.clients, pytest.mark.timeout(1800)]
NEWER = RELEASES[1:]
"""The oldest release reads one number, and asks nobody for prices."""


@pytest.mark.parametrize("release", RELEASES)
def test_examples_cost_what_upstream_says(client: Client, release: str) -> None:
    said = client(release, "costs")
    assert said.code == 0, said.errors
    found = said.last
    if release == "0.1.33":
        assert found["example"] == 1
        assert isinstance(found["example"], int)
        return
    credits = "credits" if release == "0.1.38" else "credits_hold"
    assert (found["example"][credits], found["example"]["usd"]) == (0.78, 0.0078)
    assert (found["choice"][credits], found["choice"]["usd"]) == (0.05, 0.0005)
    stated = {kind: row["service_stated_token_price"] for kind, row in found["gpt-4o"].items()}
    assert stated == {"input": 2.5, "output": 10}
    assert found["limits"]["EDSL_SERVICE_RPM_OPENAI"] == 1000


def test_the_newest_client_reads_the_range_and_its_reasons(client: Client) -> None:
    said = client("1.0.9", "costs")
    found = said.last["example"]
    assert found["estimate_kind"] == "range"
    assert found["lower_bound_credits"] <= found["expected_credits"] == 0.78 <= found["upper_bound_credits"]
    assert found["pricing_revision"] == found["assumptions"]["pricing_revision"]
    assert found["warnings"] == []


@pytest.mark.parametrize("release", NEWER)
def test_rows_cost_what_the_table_says(client: Client, release: str) -> None:
    said = client(release, "priced", "openai", "gpt-4o", "false")
    assert said.code == 0, said.errors
    ((row,),) = said.last
    assert (row["input_price_per_million_tokens"], row["output_price_per_million_tokens"]) == (2.5, 10)
    assert row["cost"] == pytest.approx((row["input_tokens"] * 2.5 + row["output_tokens"] * 10) / 1_000_000)


def test_rows_cost_what_a_local_run_says_that_asks_for_the_table(client: Client) -> None:
    said = client("1.0.9", "priced", "test", "test", "true")
    assert said.code == 0, said.errors
    remote, local = said.last
    assert remote == local
    assert remote[0]["input_price_per_million_tokens"] == 3
    assert remote[0]["cost"] > 0


@pytest.mark.parametrize("release", NEWER)
def test_a_price_of_nothing_harms_no_client(client: Client, release: str) -> None:
    said = client(release, "priced", "openai", "gpt-4o-mini", "false")
    assert said.code == 0, said.errors
    ((row,),) = said.last
    assert row["cost"] == row["input_price_per_million_tokens"] == row["output_price_per_million_tokens"] == 0
