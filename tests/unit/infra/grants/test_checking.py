"""What was recorded, held against what is granted."""

import json

import pytest
from pydantic import ValidationError

from chalicelib.settings import NOT_GIVEN, Settings
from infra.grants.checking import refused, unused
from infra.grants.environment import its_own
from infra.grants.needs import Need
from infra.grants.policies import Policy, read_policies
from infra.repository import ROOT

READS = Need("dynamodb:GetItem", "tables/jobs")
WRITES = Need("dynamodb:PutItem", "tables/jobs")
BOTH = {"jobs": ["GetItem", "PutItem"]}
RARE = {"only when a worker dies": ["dynamodb:PutItem tables/jobs"]}


def no_grant(policy: Policy, *needed: Need) -> list[str]:
    return list(refused({"worker": set(needed)}, {"worker": policy}))


def no_need(policy: Policy, *needed: Need) -> list[str]:
    return list(unused({"worker": set(needed)}, {"worker": policy}))


def test_what_is_needed_and_granted_is_no_trouble() -> None:
    assert no_grant(Policy(tables=BOTH), READS, WRITES) == []
    assert no_need(Policy(tables=BOTH), READS, WRITES) == []


def test_a_call_that_is_not_granted_is_told() -> None:
    (said,) = no_grant(Policy(tables={"jobs": ["GetItem"]}), READS, WRITES)
    assert said == "worker needs dynamodb:PutItem tables/jobs, which policies.yaml does not grant."


def test_a_grant_that_nothing_needs_is_told_unless_it_is_said_to_be_rare() -> None:
    (said,) = no_need(Policy(tables=BOTH), READS)
    assert said.startswith("worker is granted dynamodb:PutItem tables/jobs, and nothing needed it")
    assert no_need(Policy(tables=BOTH, rarely=RARE), READS) == []
    (said,) = no_need(Policy(tables=BOTH, rarely=RARE), READS, WRITES)
    assert "is not rare" in said
    (said,) = no_need(Policy(tables={"jobs": ["GetItem"]}, rarely=RARE), READS)
    assert "which is not granted" in said


def test_the_name_of_what_is_granted_is_given() -> None:
    letters = {"jobs-dead-letters": ["SendMessage"]}
    policy = Policy(reads="jobs", tables={"content-index": ["Query"]}, queues=letters)
    assert policy.given() == {"jobs_queue", "content_index_table", "jobs_dead_letters"}


def test_whoever_reads_files_is_told_that_one_is_not_there() -> None:
    found = list(Policy(files={"account/*/job/*": ["GetObject"]}).grants())
    assert Need("s3:ListBucket", "others/bucket") in found


def test_whoever_writes_files_may_give_up_an_upload_and_need_not_be_seen_to() -> None:
    policy = Policy(files={"account/*/job/*": ["PutObject"]})
    gives_up = Need("s3:AbortMultipartUpload", "files/account/*/job/*")
    writes = Need("s3:PutObject", "files/account/*/job/*")
    assert set(policy.grants()) == {writes, gives_up}
    assert no_need(policy, writes) == []
    assert no_grant(policy, writes, gives_up) == []


def test_a_function_that_is_not_in_the_file_is_told() -> None:
    (said,) = refused({"newcomer": {READS}}, {})
    assert said == "newcomer is not in policies.yaml."


def test_each_function_of_the_application_has_its_policy_and_no_other() -> None:
    configured = json.loads((ROOT / ".chalice" / "config.json").read_text())["lambda_functions"]
    assert read_policies().keys() == configured.keys()


def test_settings_of_the_file_are_settings() -> None:
    for function, policy in read_policies().items():
        assert policy.given() <= Settings.model_fields.keys(), function


def test_what_is_rare_is_granted_and_said_with_a_reason() -> None:
    for policy in read_policies().values():
        assert policy.rare() <= set(policy.grants())
        assert all(len(why) > 10 for why in policy.rarely)


def test_a_slip_of_the_pen_is_refused() -> None:
    with pytest.raises(ValidationError):
        Policy(**{"table": {"jobs": ["GetItem"]}})


def test_a_function_gets_the_names_that_it_may_reach_and_the_decisions_that_it_reads() -> None:
    variables = {
        "PERCH_JOBS_TABLE": "jobs",
        "PERCH_VAULT_TABLE": "vault",
        "PERCH_JOBS_DAYS": "3",
        "PERCH_PATIENCE_SECONDS": "5",
        "PERCH_WATCHED_BY": "no setting of Perch's",
        "HOME": "/",
    }
    own = its_own("sweeper", variables)
    assert own.keys() == {"PERCH_JOBS_TABLE", "PERCH_PATIENCE_SECONDS", "PERCH_WATCHED_BY", "HOME"}
    assert its_own("a_function_of_another_application", variables) == variables


def test_what_was_not_given_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERCH_STACK_NAME", "perch")
    monkeypatch.delenv("PERCH_VAULT_TABLE", raising=False)
    assert Settings().vault_table == NOT_GIVEN
