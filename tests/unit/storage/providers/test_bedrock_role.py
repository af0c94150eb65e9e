"""The role that Bedrock is asked as: assumed once for many slices, and refused in words."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.errors import RoleRefusedError
from chalicelib.storage.aws import clients
from chalicelib.storage.providers.bedrock_role import LEAST_LEFT, SECONDS, BedrockRole
from tests.support.fakes.aws.cloud import FakeAws, make_aws, standing_in
from tests.support.fakes.aws.faults import Fault

ARN = "arn:aws:iam::123456789012:role/perch-BedrockRole"
NOW = 1_800_000_000_000


class Time:
    now = NOW


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def aws(time: Time) -> Iterator[FakeAws]:
    fake = make_aws(lambda: time.now)
    with standing_in(fake):
        yield fake


def test_it_is_assumed_once_while_its_credentials_outlast_a_slice(aws: FakeAws, time: Time) -> None:
    role = BedrockRole(ARN, "perch-test")
    first = role.credentials(now=time.now)
    assert first.access_key.startswith("ASIA")
    assert first.account == "123456789012"
    last = NOW + SECONDS * 1000 - LEAST_LEFT
    assert role.credentials(now=last) is first
    time.now = last + 1
    assert role.credentials(now=time.now) != first
    assert aws.sts.sessions == ["perch-test", "perch-test"]


def test_threads_assume_it_once(aws: FakeAws) -> None:
    role = BedrockRole(ARN, "perch-test")
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: role.credentials(now=NOW), range(32)))
    assert len(set(given)) == 1
    assert len(aws.sts.sessions) == 1


def test_a_long_name_of_a_stack_is_cut(aws: FakeAws) -> None:
    BedrockRole(ARN, "perch" * 20).credentials(now=NOW)
    assert aws.sts.sessions == [("perch" * 20)[:64]]


def test_where_there_is_none_it_says_what_to_do(aws: FakeAws) -> None:
    with pytest.raises(RoleRefusedError, match="needs a key, or PERCH_BEDROCK_ROLE"):
        BedrockRole("", "perch-test").credentials(now=NOW)
    assert aws.sts.sessions == []


def test_a_refusal_is_told_in_words_without_the_role(aws: FakeAws) -> None:
    aws.sts.refused.add(ARN)
    with pytest.raises(RoleRefusedError, match=r"may not assume .* \(AccessDenied\)") as refusal:
        BedrockRole(ARN, "perch-test").credentials(now=NOW)
    assert "123456789012" not in refusal.value.detail


def test_so_is_what_is_no_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 itself refuses to ask for it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    clients.sts.cache_clear()
    with pytest.raises(RoleRefusedError, match="no ARN"):
        BedrockRole("role", "perch-test").credentials(now=NOW)
    clients.sts.cache_clear()


def test_a_passing_trouble_is_no_refusal(aws: FakeAws) -> None:
    role = BedrockRole(ARN, "perch-test")
    aws.faults.plan(Fault.THROTTLED, "assume_role")
    with pytest.raises(ClientError, match="Throttling"):
        role.credentials(now=NOW)
    assert role.credentials(now=NOW).access_key


def test_nothing_of_them_is_shown(aws: FakeAws) -> None:
    role = BedrockRole(ARN, "perch-test")
    given = role.credentials(now=NOW)
    for text in (repr(role), repr(given)):
        for secret in (given.access_key, given.secret_key, given.session_token):
            assert secret not in text
